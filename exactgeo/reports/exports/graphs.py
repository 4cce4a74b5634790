"""Which cells are neighbours, as a graph of networkx."""

from typing import Any

from exactgeo.complexes import CellComplex
from exactgeo.errors import MissingDependency


def adjacency_graph(cells: CellComplex) -> Any:  # noqa: ANN401 (networkx is no dependency)
    """Return a networkx.Graph: a node for each cell, an edge for each pair that meets in a facet.

    Nodes have the cell's `pattern`, edges the `hyperplane` and the `units` that change across it.

    Raises:
        MissingDependency: if networkx is not installed.
    """
    try:
        import networkx as nx  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise MissingDependency("graphs need networkx: pip install 'exactgeo[exports]'") from error
    graph = nx.Graph()
    for cell, pattern in enumerate(cells.arrangement.patterns[:].tolist()):
        graph.add_node(cell, pattern=tuple(pattern))
    for facet, here, there in cells.interior():
        graph.add_edge(here, there, hyperplane=facet.hyperplane, units=cells.units_of(facet))
    return graph
