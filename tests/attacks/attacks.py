"""Attacks by name: how to make each, and the codes that reading must report."""


class Attacks(dict):
    """The attacks of one file: name -> maker and codes."""

    def add(self, *codes):
        """Add a maker under the codes that reading must report, warnings included."""

        def added(make):
            if make.__name__ in self:
                raise ValueError(f"two attacks are called {make.__name__}")
            self[make.__name__] = (make, set(codes))
            return make

        return added
