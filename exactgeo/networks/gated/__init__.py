"""Gated networks: layers of weights between gates that another network opens and closes."""

from exactgeo.networks.gated.builders import deep_gated_network as deep_gated_network
from exactgeo.networks.gated.builders import deep_linearly_gated_network as deep_linearly_gated_network
from exactgeo.networks.gated.builders import rectified_network as rectified_network
from exactgeo.networks.gated.builders import shallow_features_network as shallow_features_network
from exactgeo.networks.gated.layers import Fixed as Fixed
from exactgeo.networks.gated.layers import Gate as Gate
from exactgeo.networks.gated.layers import Layer as Layer
from exactgeo.networks.gated.layers import Source as Source
from exactgeo.networks.gated.layers import Sum as Sum
from exactgeo.networks.gated.layers import Weighted as Weighted
from exactgeo.networks.gated.network import GatedNetwork as GatedNetwork
from exactgeo.networks.gated.tensors import LayersBuilder as LayersBuilder
from exactgeo.networks.gated.tensors import Node as Node
