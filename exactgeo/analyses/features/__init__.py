"""Class-specific features: how much of a classifier's last layer each class needs."""

from exactgeo.analyses.features.agreement import DataAgreement as DataAgreement
from exactgeo.analyses.features.agreement import agreement_on_data as agreement_on_data
from exactgeo.analyses.features.comparison import Agreed as Agreed
from exactgeo.analyses.features.comparison import Comparison as Comparison
from exactgeo.analyses.features.comparison import Differing as Differing
from exactgeo.analyses.features.comparison import compare as compare
from exactgeo.analyses.features.comparison import compare_networks as compare_networks
from exactgeo.analyses.features.comparison import feature_box as feature_box
from exactgeo.analyses.features.comparison import orthant as orthant
from exactgeo.analyses.features.frequencies import ClassFeatures as ClassFeatures
from exactgeo.analyses.features.frequencies import class_features as class_features
from exactgeo.analyses.features.frequencies import overlaps as overlaps
from exactgeo.analyses.features.layer import LastLayer as LastLayer
from exactgeo.analyses.features.shares import mass as mass
from exactgeo.analyses.features.shares import shares as shares
from exactgeo.analyses.features.shares import top_features as top_features
from exactgeo.analyses.features.signs import certainly_nonnegative as certainly_nonnegative
from exactgeo.analyses.features.sizes import SizeBound as SizeBound
from exactgeo.analyses.features.subspaces import ClassSubspace as ClassSubspace
from exactgeo.analyses.features.subspaces import boundary as boundary
from exactgeo.analyses.features.subspaces import boundary_dimensions as boundary_dimensions
from exactgeo.analyses.features.subspaces import class_subspace as class_subspace
from exactgeo.analyses.features.sufficiency import Situation as Situation
from exactgeo.analyses.features.sufficiency import SufficientSubset as SufficientSubset
from exactgeo.analyses.features.sufficiency import greatest_values as greatest_values
from exactgeo.analyses.features.sufficiency import minimal_sufficient_subset as minimal_sufficient_subset
