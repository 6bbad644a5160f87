from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.course_content import Ref
from shared.domain.errors import DuplicatePath, UnsafePath
from shared.domain.kinds import Kind
from shared.formats.archive.member_paths import check_path
from shared.formats.file_paths import file_paths, safe_name

ROOT = Ref(Kind.FOLDERS, 1, None, "course files", None, None)


def a_folder(folder_id: int, name: str, parent: int | None = 1) -> Ref:
    return Ref(Kind.FOLDERS, folder_id, None, name, None, parent)


def a_file(file_id: int, name: str, folder: int | None = 1) -> Ref:
    return Ref(Kind.FILES, file_id, None, name, None, folder)


def test_the_root_folders_name_is_no_part_of_a_path_but_begins_every_full_name() -> None:
    paths = file_paths([ROOT, a_folder(2, "Week 1"), a_folder(3, "private", 2), a_file(9, "a.pdf", 3), a_file(8, "b")])
    assert paths.files == {9: "Week 1/private/a.pdf", 8: "b"}
    assert [paths.full_name(folder) for folder in (1, 2, 3)] == [
        "course files",
        "course files/Week 1",
        "course files/Week 1/private",
    ]
    assert paths.by_path["Week 1/private/a.pdf"] == 9


def test_a_file_without_a_folder_lies_in_the_root_folder() -> None:
    assert file_paths([ROOT, a_file(1, "a", None), a_file(2, "b", 77)]).files == {1: "a", 2: "b"}


def test_files_of_a_user_or_a_group_have_another_root() -> None:
    paths = file_paths([Ref(Kind.FOLDERS, 5, None, "my files", None, None), a_folder(6, "x", 5), a_file(1, "a", 6)])
    assert (paths.root_name, paths.files) == ("my files", {1: "x/a"})


def test_of_several_folders_without_a_parent_the_one_with_a_root_folder_s_name_is_the_root() -> None:
    paths = file_paths([a_folder(5, "Loose", None), ROOT, a_folder(6, "Looser", None), a_file(1, "a", 1)])
    assert (paths.root_name, paths.files) == ("course files", {1: "a"})


def test_of_two_files_with_one_path_the_later_gets_a_number_that_is_free() -> None:
    paths = file_paths([ROOT, a_file(1, "a.pdf"), a_file(2, "a.pdf"), a_file(3, "a.pdf"), a_file(4, "a-1.pdf")])
    assert paths.files == {1: "a.pdf", 4: "a-1.pdf", 2: "a-2.pdf", 3: "a-3.pdf"}


def test_a_file_never_has_the_path_of_a_folder() -> None:
    assert file_paths([ROOT, a_folder(2, "x"), a_file(1, "x"), a_file(3, "y", 2)]).files == {1: "x-1", 3: "x/y"}


def test_folders_in_a_ring_end_somewhere() -> None:
    paths = file_paths([ROOT, a_folder(2, "a", 3), a_folder(3, "b", 2), a_file(1, "f", 2)])
    assert set(paths.folders) == {1, 2, 3}
    assert paths.files[1].endswith("/f")


def test_what_would_end_a_step_or_leave_the_folder_is_replaced() -> None:
    assert [safe_name(name) for name in ("a/b\\c", "..", ".", "", "a\x00b\x0b")] == ["a_b_c", "_", "_", "_", "ab"]


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("ä" * 200 + ".pdf")
    assert len(name.encode()) <= 255
    assert name.endswith("ä.pdf")


NAMES = st.one_of(st.text(max_size=20), st.sampled_from(["a", "a.pdf", "a-1.pdf", "..", "/", "x/y", "é", "é"]))


@given(
    st.lists(st.tuples(NAMES, st.integers(0, 8)), max_size=8),
    st.lists(st.tuples(NAMES, st.integers(0, 9)), max_size=20),
)
def test_any_names_give_paths_that_a_package_may_hold_each_once(
    folders: list[tuple[str, int]], files: list[tuple[str, int]]
) -> None:
    refs = [ROOT, *(a_folder(n, name, parent) for n, (name, parent) in enumerate(folders, 2))]
    refs += [a_file(n, name, folder) for n, (name, folder) in enumerate(files, 100)]
    paths = file_paths(refs)
    taken: set[str] = set()
    for path in paths.files.values():
        try:
            check_path(path, taken)
        except (DuplicatePath, UnsafePath) as error:
            raise AssertionError(path) from error
        taken.add(path)
    assert set(paths.files) == {ref.id for ref in refs if ref.kind is Kind.FILES and ref.title}
    assert paths == file_paths(refs)
