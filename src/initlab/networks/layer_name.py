"""Qualified name of a layer -> how a table or a sentence calls it."""


def titled(name: str) -> str:
    """Return a layer's name in a table or figure; of a model that is one layer, "the model"."""
    return name or "the model"


def called(name: str) -> str:
    """Return a layer's name in a sentence: of a Sequential's, which is a number, "layer 7".

    Of "output of 7" it is "output of layer 7".
    """
    what, of, layer = name.rpartition(" of ")
    if of:
        return f"{what}{of}{called(layer)}"
    if not name:
        return titled(name)
    return name if any(map(str.isalpha, name)) else f"layer {name}"
