"""Tagged PDFs joined to one: their pages follow each other, and so do their trees of tags (ISO 32000-1, section 14.7).

Programs that join only pages leave the tags behind, and a screen reader then finds no table.
"""

from io import BytesIO

from pikepdf import Array, Dictionary, Object, ObjectStreamMode, Pdf, String


class JoinedPdf:
    """A PDF of parts, with the title, the language and the bookmarks of the first. Each has one table of its own tags at least."""

    def __init__(self) -> None:
        self._parts = 0

    def add(self, part: Pdf) -> None:
        """Puts the pages and tags of one more behind those that are here. The part is changed; it may be closed after ``write``."""
        _rename_cells(part, self._parts)
        self._parts += 1
        if self._parts == 1:
            self._whole = part
            self._tree = part.Root.StructTreeRoot
            self._body = self._tree.K[0]
            self._cells: list[Object] = list(self._tree.IDTree.Names)
            return
        _renumber(part, int(self._tree.ParentTreeNextKey))
        self._whole.pages.extend(part.pages)  # before the tags: they name the pages that they are on
        copied = self._whole.copy_foreign(part.Root.StructTreeRoot)
        for element in copied.K[0].K:
            element.P = self._body
            self._body.K.append(element)
        self._tree.ParentTree.Nums.extend(copied.ParentTree.Nums)
        self._tree.ParentTreeNextKey = copied.ParentTreeNextKey
        self._cells.extend(copied.IDTree.Names)
        for kind, meaning in copied.RoleMap.items():
            self._tree.RoleMap[kind] = meaning

    def write(self) -> bytes:
        """The file's bytes: the same parts give the same."""
        self._tree.IDTree.Names = Array(self._cells)
        written = BytesIO()
        self._whole.save(written, deterministic_id=True, object_stream_mode=ObjectStreamMode.generate)
        return written.getvalue()


def _rename_cells(part: Pdf, number: int) -> None:
    """Cells name the heads of their column and row by id: ids of two parts must differ, and stand in the order of their bytes."""
    prefix = b"%05d" % number
    names = part.Root.StructTreeRoot.IDTree.Names
    for place in range(0, len(names), 2):
        names[place] = String(prefix + bytes(names[place]))
        names[place + 1].ID = names[place]
    for one in part.objects:
        if isinstance(one, Dictionary) and "/A" in one and "/S" in one:
            for attributes in one.A:
                if "/Headers" in attributes:
                    attributes.Headers = Array([String(prefix + bytes(head)) for head in attributes.Headers])


def _renumber(part: Pdf, behind: int) -> None:
    """Pages and links know their tags by a number, of which so many are in use."""
    tree = part.Root.StructTreeRoot
    tree.ParentTreeNextKey = int(tree.ParentTreeNextKey) + behind
    numbers = tree.ParentTree.Nums
    for place in range(0, len(numbers), 2):
        numbers[place] = int(numbers[place]) + behind
    for page in part.pages:
        page.obj.StructParents = int(page.obj.StructParents) + behind
        for link in page.obj.get("/Annots", ()):
            link.StructParent = int(link.StructParent) + behind
