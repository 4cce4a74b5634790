"""Writing certificates, with progress, and stopping early."""

from exactgeo.certificates import Certifiable, Claim, ModelSource, certify, checked_while_written
from exactgeo.cli.output import STREAM, standard_output
from exactgeo.cli.running import progress_bar
from exactgeo.enumeration import Budget, Progress
from exactgeo.errors import BudgetExhausted


def prove(found: Certifiable, source: ModelSource | None, budget: Budget, target: str, *, is_checked: bool) -> Claim:
    """Write a certificate, and have it checked if that is asked; return what it claims.

    Raises:
        BudgetExhausted: if the budget ends first; then nothing is written.
    """
    with progress_bar("proving") as on_progress:

        def on_cell(count: int) -> None:
            regions = certificate.claim.arrangement
            on_progress(Progress(count, count / len(regions), budget.seconds))
            if reason := budget.exhausted():
                raise BudgetExhausted(
                    f"no certificate was written: {reason}, with {count:,} of {len(regions):,} regions shown", regions
                )

        certificate = certify(found, source=source, on_cell=on_cell)
        if target == STREAM and is_checked:
            checked_while_written(certificate.write, standard_output().buffer)
        elif target == STREAM:
            certificate.write(standard_output().buffer)
        elif is_checked:
            certificate.save_checked(target)
        else:
            certificate.save(target)
    return certificate.claim
