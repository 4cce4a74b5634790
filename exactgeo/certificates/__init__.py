"""Certificates: evidence for claims, and having it checked."""

from exactgeo.certificates.checking import Verdict as Verdict
from exactgeo.certificates.checking import check as check
from exactgeo.certificates.checking import checked_while_written as checked_while_written
from exactgeo.certificates.claims import Certifiable as Certifiable
from exactgeo.certificates.claims import Claim as Claim
from exactgeo.certificates.document import Certificate as Certificate
from exactgeo.certificates.document import certify as certify
from exactgeo.certificates.sources import ModelSource as ModelSource
from exactgeo.certificates.sources import Stated as Stated
