"""Exact numbers: rationals, arrays of rationals, affine forms and integer matrices."""

from exactgeo.arithmetic.affine import AffineForm as AffineForm
from exactgeo.arithmetic.affine import Row as Row
from exactgeo.arithmetic.arrays import ExactArray as ExactArray
from exactgeo.arithmetic.arrays import exact_array as exact_array
from exactgeo.arithmetic.enclosures import Enclosure as Enclosure
from exactgeo.arithmetic.enclosures import sum_of_roots as sum_of_roots
from exactgeo.arithmetic.rationals import Point as Point
from exactgeo.arithmetic.rationals import Rational as Rational
from exactgeo.arithmetic.rationals import rational as rational
