"""A second route to the exact network: the graph itself, evaluated at a rational point, operator by operator.

Nothing here knows how the importer turns graphs into programs, so that comparing the two routes tests both.
"""

from onnx_import.evaluator.evaluation import evaluate_file as evaluate_file
from onnx_import.evaluator.evaluation import evaluate_model as evaluate_model
