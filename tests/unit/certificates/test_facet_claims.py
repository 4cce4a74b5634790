"""Claims about facets: what is false is refused by the prover with a reason, or by the checker."""

import io
from dataclasses import replace

import pytest
from oracles.checker import check_facets, facet_checker

import exactgeo as eg
from exactgeo.errors import CertificateError, CertificateRejected, InvalidArgument

SQUARE = eg.Box.cube(2)
DIAMOND = eg.relu_network([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 1, 1]]], [None, ["-1/2"]])


def _stairs():
    """A gate on x1 > 0, and a hinge relu(x2 + gate): the half-planes are cut at x2 = 0 and at x2 = -1."""
    builder = eg.ProgramBuilder(2)
    builder.add_unit([({}, {}), ({1: 1}, {0: 1})])
    builder.add_unit([({}, {}), ({2: 1, 3: 1}, {2: 1, 3: 1})])
    return builder.build([{4: 1}])


NETWORKS = {"continuous": (DIAMOND, SQUARE), "discontinuous": (_stairs(), eg.Polyhedron(2))}
EACH_NETWORK = pytest.mark.parametrize("question", NETWORKS.values(), ids=NETWORKS)


def _boundary(question):
    return eg.decision_boundary(eg.enumerate_regions(*question))


def _skeleton(question):
    return eg.skeleton(eg.enumerate_regions(*question))


def _checked(found):
    file = io.BytesIO()
    eg.certify(found).write(file)
    file.seek(0)
    return check_facets(file)


def _demand_rejected(found, rule):
    with pytest.raises(facet_checker.base.Rejected) as caught:
        _checked(found)
    assert (caught.value.step, caught.value.rule) == (0, rule)


@EACH_NETWORK
def test_true_claims_are_verified(question):
    boundary, bones = _boundary(question), _skeleton(question)
    assert 0 < _checked(boundary).facets == len(boundary.pieces)
    assert 0 < _checked(bones).facets == len(bones.creases)


@EACH_NETWORK
def test_a_boundary_without_one_of_its_pieces_is_rejected(question):
    boundary = _boundary(question)
    for k in range(len(boundary.pieces)):
        _demand_rejected(replace(boundary, pieces=boundary.pieces[:k] + boundary.pieces[k + 1 :]), "count")


@EACH_NETWORK
def test_a_skeleton_without_one_of_its_creases_is_rejected(question):
    bones = _skeleton(question)
    for k in range(len(bones.creases)):
        _demand_rejected(replace(bones, creases=bones.creases[:k] + bones.creases[k + 1 :]), "count")


@EACH_NETWORK
def test_a_piece_too_many_is_rejected(question):
    boundary = _boundary(question)
    known = {piece.facet for piece in boundary.pieces}
    other = next(facet for facet, _, _ in boundary.cells.interior() if facet not in known)
    for more in (other, boundary.pieces[0].facet):
        pieces = (*boundary.pieces, replace(boundary.pieces[0], facet=more))
        _demand_rejected(replace(boundary, pieces=pieces), "count")


@EACH_NETWORK
def test_a_piece_between_other_cells_is_rejected(question):
    boundary = _boundary(question)
    piece = boundary.pieces[0]
    for change in ({"positive": piece.facet.negative, "negative": piece.facet.positive}, {"hyperplane": (1, 3, 7)}):
        wrong = replace(piece, facet=replace(piece.facet, **change))
        _demand_rejected(replace(boundary, pieces=(wrong, *boundary.pieces[1:])), "digest")


@EACH_NETWORK
def test_a_crease_that_jumps_otherwise_is_rejected(question):
    bones = _skeleton(question)
    crease = bones.creases[0]
    wrong = replace(crease, positive=crease.negative, negative=crease.positive)
    _demand_rejected(replace(bones, creases=(wrong, *bones.creases[1:])), "digest")


@EACH_NETWORK
def test_a_skeleton_of_another_output_or_unit_is_rejected(question):
    bones = eg.skeleton(eg.enumerate_regions(*question), unit=0)
    with pytest.raises(facet_checker.base.Rejected):
        _checked(replace(bones, unit=question[0].unit_count - 1))
    with pytest.raises(facet_checker.base.Rejected):
        _checked(replace(bones, unit=None, output=0))


def _with_facets(found, facets):
    return replace(found, cells=replace(found.cells, facets=tuple(facets)))


@EACH_NETWORK
def test_cells_without_one_of_their_facets_are_refused_with_a_point_of_it(question):
    bones = _skeleton(question)
    facet = next(bones.cells.interior())[0]
    with pytest.raises(CertificateError, match=r"has a facet at \(.*\) that is not known"):
        list(eg.certify(_with_facets(bones, set(bones.cells.facets) - {facet})).lines())


@EACH_NETWORK
def test_cells_with_a_facet_twice_are_refused(question):
    bones = _skeleton(question)
    facet = next(bones.cells.interior())[0]
    with pytest.raises(CertificateError, match="has one neighbour where there are to be"):
        list(eg.certify(_with_facets(bones, (*bones.cells.facets, facet))).lines())


def test_cells_with_each_others_shapes_are_refused():
    corner_cut = eg.relu_network([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]], [[0, 0, "-1/2"], [0]])
    bones = eg.skeleton(eg.enumerate_regions(corner_cut, SQUARE))
    shapes = bones.cells.shapes
    cells = replace(bones.cells, shapes=(*shapes[1:], shapes[0]))
    with pytest.raises(CertificateError, match="does not have the shape that it is to have"):
        list(eg.certify(replace(bones, cells=cells)).lines())


@EACH_NETWORK
def test_facets_between_other_cells_are_refused_or_rejected(question):
    bones = _skeleton(question)
    facets = list(bones.cells.facets)
    place = next(k for k, facet in enumerate(facets) if facet.is_interior)
    for cell in range(len(bones.cells.shapes)):
        if cell != facets[place].positive:
            wrong = replace(facets[place], positive=cell)
            with pytest.raises((CertificateError, facet_checker.base.Rejected)):
                _checked(_with_facets(bones, [*facets[:place], wrong, *facets[place + 1 :]]))


@EACH_NETWORK
def test_a_region_left_out_is_refused_too(question):
    bones = _skeleton(question)
    regions = bones.cells.arrangement
    fewer = eg.Arrangement(regions.program, regions.domain, regions.engine, list(regions)[1:])
    cells = replace(bones.cells, arrangement=fewer)
    with pytest.raises(CertificateError, match="lists no pattern that begins with"):
        list(eg.certify(replace(bones, cells=cells, creases=())).lines())


def test_the_verdict_says_what_was_proved(tmp_path):
    boundary = _boundary(NETWORKS["continuous"])
    verdict = eg.check(eg.certify(boundary).save(tmp_path / "c.cert"))
    assert (verdict.claim, verdict.facets, verdict.regions) == ("boundary", 4, 8)
    assert verdict.program_sha256 == boundary.cells.arrangement.program.sha256 != DIAMOND.sha256
    bones = eg.skeleton(boundary.cells.arrangement, unit=3)
    verdict = eg.check(eg.certify(bones).save(tmp_path / "c.cert"))
    assert (verdict.claim, verdict.facets) == ("skeleton unit 3", len(bones.creases))
    with pytest.raises(CertificateRejected, match="rule count"):
        eg.check(eg.certify(replace(bones, creases=())).save(tmp_path / "c.cert"))


def test_skeletons_say_whose_they_are_in_hexadecimal():
    wide = eg.relu_network([[[k, 1] for k in range(20)], [[1] * 20]])
    bones = eg.skeleton(eg.enumerate_regions(wide, eg.Box((1, -1), (2, 1))), unit=18)
    verdict = _checked(bones)
    assert (verdict.claim, verdict.facets) == ("skeleton unit 12", len(bones.creases))


def test_a_partial_arrangement_has_no_boundary_to_be_certified():
    partial = eg.enumerate_regions(DIAMOND, SQUARE, budget=eg.Budget(max_regions=1))
    with pytest.raises(InvalidArgument, match="partial"):
        eg.certify(partial)


def test_points_of_facets_are_short_and_lie_in_them():
    # Seen from where x1 > x2, the last coefficient of the hyperplane is negative. The facet's middle is (3/4, 3/4);
    # the integers next to it, (1, 1), lie beyond its end.
    bent = eg.relu_network([[[1, -1], [1, 0], [0, -1]], [[1, 1, 1]]], [[0, "-3/5", "9/10"], [0]])
    bones = eg.skeleton(eg.enumerate_regions(bent, eg.Polyhedron(2)))
    assert _checked(bones).facets == len(bones.creases)
