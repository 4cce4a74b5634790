"""Long work in stages: between steps the budget is asked, and progress told."""

from exactgeo.enumeration.budgets import Budget, OnProgress, Progress, ignore_progress
from exactgeo.errors import BudgetExhausted


class Steps:
    """Says how far the work on an arrangement's regions has come.

    Args:
        regions: how many there are.
        goal: what is counted, for the message.
        stages: how many stages the work has.
        budget: when to stop; None for never.
        on_progress: called now and then.
    """

    def __init__(
        self,
        regions: int,
        goal: str,
        stages: int,
        budget: Budget | None = None,
        on_progress: OnProgress = ignore_progress,
    ) -> None:
        self._regions, self._goal, self._stages = regions, goal, stages
        self._budget, self._on_progress = budget or Budget(), on_progress
        self._stage = -1
        self._fraction = 0 / stages

    def begin(self) -> None:
        """Begin the next stage."""
        self._stage += 1
        self.reach(0)

    def reach(self, done: int, whole: int = 1) -> None:
        """Say how much of how much is done in the stage; if it was more before, that stands.

        Raises:
            BudgetExhausted: if the budget has ended.
        """
        if reason := self._budget.exhausted():
            raise BudgetExhausted(f"{self._goal} were not counted: {reason}", None)
        self._fraction = max(self._fraction, (self._stage + done / whole) / self._stages)
        self._on_progress(Progress(int(self._fraction * self._regions), self._fraction, self._budget.seconds))
