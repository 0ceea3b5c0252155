"""Records with parts that are built when they are first read, and then kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self


class OnDemand:
    """A frozen dataclass, some of whose fields a maker builds when they are first read.

    From outside it is as if all had been there from the start: comparing, copying and printing read every field, and
    two threads that read one at once get the same. Such a class has no slots, because what is built is kept where
    Python looks first, and no field with a plain default, because that would be found instead.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    _maker: object

    @classmethod
    def later(cls, maker: object, **known: Any) -> Self:
        """A record of what is known; each other field is what the method of that name of `maker` gives."""
        made = object.__new__(cls)  # the `__init__` of a frozen class takes twice as long
        known["_maker"] = maker
        made.__dict__.update(known)
        return made

    if not TYPE_CHECKING:  # a type checker knows all fields, and nothing else is there to be read

        def __getattr__(self, name: str) -> Any:
            """Build a field; Python asks only for what is not there yet."""
            if name not in self.__dataclass_fields__ or "_maker" not in self.__dict__:
                raise AttributeError(f"`{type(self).__name__}` has no `{name}`")
            return self.__dict__.setdefault(name, getattr(self._maker, name)())

    def __getstate__(self) -> dict[str, Any]:
        """Every field, for copies and pickles."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}
