"""The register of attacks: name -> how to make it, and the codes it is told by."""

ATTACKS = {}


def attack(*codes):
    """Register a maker under the codes that reading must tell, warnings included."""

    def register(make):
        ATTACKS[make.__name__] = (make, set(codes))
        return make

    return register
