"""The prover believes nobody: a claim that is wrong is refused with a counterexample."""

import gzip
import hashlib

import pytest

import exactgeo as eg
from exactgeo.arithmetic.rationals import point
from exactgeo.certificates.prover import Cell, Empty, Flat, Node, prove
from exactgeo.certificates.refutations import Constraints
from exactgeo.enumeration import ActivationRegion
from exactgeo.errors import CertificateError, CertificateRejected, InvalidArgument, MalformedCertificate
from exactgeo.polyhedra.solvers import InteriorPoint

CROSS = eg.relu_network([[[1, 0], [0, 1]], [[1, 1]]])
SQUARE = eg.Box.cube(2)


def _regions():
    return list(eg.enumerate_regions(CROSS, SQUARE))


def _prove(claimed, program=CROSS, domain=SQUARE):
    return list(prove(program, domain.polyhedron, claimed))


def test_the_true_claim_is_proved():
    steps = _prove(_regions())
    assert [type(step) for step in steps].count(Cell) == 4
    assert steps[0] == Node()


@pytest.mark.parametrize("left_out", range(4))
def test_a_missing_region_is_found_out(left_out):
    claimed = _regions()
    del claimed[left_out]
    with pytest.raises(CertificateError, match="lists no pattern that begins with"):
        _prove(claimed)


def test_an_invented_region_is_found_out():
    parallel = eg.relu_network([[[1, 0], [1, 0]], [[1, 1]]], [["0", "-1/2"], [0]])
    claimed = sorted(
        [*eg.enumerate_regions(parallel, SQUARE), ActivationRegion((0, 1), point((0, 0)))], key=lambda r: r.pattern
    )
    with pytest.raises(CertificateError, match="does not lie in the cell"):
        _prove(claimed, parallel)


def test_a_region_listed_twice_is_found_out():
    with pytest.raises(CertificateError, match="2 times"):
        _prove([_regions()[0], *_regions()])


@pytest.mark.parametrize(
    "pattern, witness",
    [((5, 0), (0, 0)), ((-1, 0), (0, 0)), ((0,), (0, 0)), ((0, 0, 0), (0, 0)), ((), (0, 0))],
)
@pytest.mark.parametrize("place", [0, 4])
def test_what_is_no_pattern_of_the_network_is_found_out(pattern, witness, place):
    claimed = _regions()
    claimed.insert(place, ActivationRegion(pattern, point(witness)))
    with pytest.raises(CertificateError, match="no pattern of this network"):
        _prove(claimed)


@pytest.mark.parametrize("witness", [(), point((1,)), point((1, 1, 1)), (0.5, 0.5)])
def test_what_is_no_point_is_found_out(witness):
    claimed = _regions()
    claimed[1] = ActivationRegion(claimed[1].pattern, witness)
    with pytest.raises(CertificateError, match="no point of 2 rationals"):
        _prove(claimed)


def test_another_order_is_found_out():
    with pytest.raises(CertificateError, match="not in increasing order"):
        _prove(_regions()[::-1])


def test_a_witness_on_the_border_is_found_out():
    claimed = _regions()
    claimed[0] = ActivationRegion(claimed[0].pattern, point((0, -1)))
    with pytest.raises(CertificateError, match="does not lie in the cell"):
        _prove(claimed)


def test_a_piece_that_is_not_the_least_of_its_equals_is_found_out():
    twins = eg.maxout_network([[[[1, 0], [1, 0]]], [[1]]])
    with pytest.raises(CertificateError, match="same form there as that of piece 0"):
        _prove([ActivationRegion((1,), point((0, 0)))], twins)


def test_equal_pieces_are_proved_flat():
    twins = eg.maxout_network([[[[1, 0], [1, 0]]], [[1]]])
    assert Flat(0) in _prove(list(eg.enumerate_regions(twins, SQUARE)), twins)


def test_a_row_that_the_box_refutes_needs_one_multiplier():
    far = eg.relu_network([[[1, 1]], [[1]]], [[5], [0]])
    assert [step for step in _prove(list(eg.enumerate_regions(far, SQUARE)), far) if isinstance(step, Empty)] == [
        Empty(((4, 1),))
    ]


def _refute(domain, *rows):
    constraints = Constraints(domain)
    constraints.extend(rows)
    return constraints.refute(len(domain.inequalities))


def test_leftovers_of_short_multipliers_are_absorbed_by_bounds():
    # x > 1000/1001 y + 1/2 and y > x contradict one another in the square, with 1 and 1 though not exactly.
    multipliers = _refute(SQUARE.polyhedron, (-1001, 2002, -2000), (0, -1, 1))
    assert {index for index, _ in multipliers} == {4, 5}
    assert all(value.bit_length() <= 16 for _, value in multipliers)


def test_a_tight_refutation_without_bounds_is_exact():
    constraints = ((0, 3, -7), (0, -2, 5), (0, -1, 1), (0, 1, -2))
    multipliers = dict(_refute(eg.Polyhedron(2), *constraints))
    assert all(sum(multipliers.get(i, 0) * row[k] for i, row in enumerate(constraints)) == 0 for k in range(3))


def test_what_cannot_be_refuted_comes_back_as_a_point():
    answer = _refute(SQUARE.polyhedron, (0, 1, 0))
    assert isinstance(answer, InteriorPoint)
    assert answer.point[0] > 0


def test_what_is_wrongly_said_to_be_implied_does_not_mislead():
    constraints = Constraints(SQUARE.polyhedron)
    constraints.extend([(0, 1, 0)], are_implied=True)
    constraints.extend([(0, -1, 0), (0, 0, 1)])
    multipliers = dict(constraints.refute(4))
    assert multipliers == {4: 1, 5: 1}
    constraints.truncate(5)
    constraints.extend([(0, 0, 1)])
    answer = constraints.refute(5)
    assert isinstance(answer, InteriorPoint) and min(answer.point) > 0


def test_a_partial_arrangement_cannot_be_certified():
    partial = eg.enumerate_regions(CROSS, SQUARE, budget=eg.Budget(max_regions=1))
    with pytest.raises(InvalidArgument, match="partial"):
        eg.certify(partial)


def test_a_certificate_that_fails_leaves_no_file(tmp_path):
    whole = eg.enumerate_regions(CROSS, SQUARE)
    broken = eg.Arrangement(whole.program, whole.domain, whole.engine, whole.regions[:-1])
    with pytest.raises(CertificateError):
        eg.certify(broken).save(tmp_path / "c.cert")
    assert list(tmp_path.iterdir()) == []


def test_check_reports_what_was_proved(tmp_path):
    box = eg.Box(("-1/3", None), (2, "0.5"))
    regions = eg.enumerate_regions(CROSS, box)
    verdict = eg.check(eg.certify(regions).save(tmp_path / "c.cert"))
    patterns = "".join(f"{a:x} {b:x}\n" for a, b in (region.pattern for region in regions))
    assert (verdict.regions, verdict.program_sha256) == (4, CROSS.sha256)
    assert verdict.domain_polyhedron() == box.polyhedron
    assert verdict.patterns_sha256 == hashlib.sha256(patterns.encode()).hexdigest()
    assert (verdict.model_sha256, verdict.model_confirmed) == (None, False)


def test_check_raises_the_rule_that_is_broken(tmp_path):
    text = "".join(eg.certify(eg.enumerate_regions(CROSS, SQUARE)).lines())
    (tmp_path / "c.cert").write_bytes(gzip.compress(text.replace("regions 4", "regions 5").encode()))
    with pytest.raises(CertificateRejected, match="count") as caught:
        eg.check(tmp_path / "c.cert")
    assert (caught.value.step, caught.value.rule) == (0, "count")


def test_check_raises_the_line_that_is_malformed(tmp_path):
    (tmp_path / "c.cert").write_bytes(gzip.compress(b"exactgeo-certificate 1\nclaim nonsense\n"))
    with pytest.raises(MalformedCertificate) as caught:
        eg.check(tmp_path / "c.cert")
    assert caught.value.line == 2


def test_check_says_if_there_is_no_file(tmp_path):
    with pytest.raises(InvalidArgument, match="No such file"):
        eg.check(tmp_path / "none.cert")


def test_a_domain_too_large_to_write_out_is_checked_all_the_same(tmp_path):
    text = "exactgeo-certificate 1\nclaim activation-regions\nprogram {}\n{}domain 2\nrow 0 1 1 -1\nrow 0 -2 1 1\n"
    program = "exactgeo-program 1\ninputs ffffff\nunits 0\noutputs 0\nend\n"
    text = text.format(hashlib.sha256(program.encode()).hexdigest(), program)
    text += f"regions 0 {hashlib.sha256(b'').hexdigest()}\ntree\ne 0 1 1 1\nend\n"
    (tmp_path / "c.cert").write_bytes(gzip.compress(text.encode()))
    assert eg.check(tmp_path / "c.cert").inputs == 0xFFFFFF
