"""The leader's gradient in a bi-level problem, in several approximations.

A leader with parameters p and a follower with parameters q play

    minimise over p   F(p, q*(p)),   where   q*(p) minimises f(p, .).

By the chain rule and the implicit function theorem the leader's gradient, called the
hypergradient, is a direct part and an indirect part:

    dF/dp = F_p - f_pq [f_qq]^-1 F_q,   all at (p, q*(p)).

The direct part says what a better p does to F while the follower stands still; the
indirect part, how F changes because the follower answers. The solvers differ in the
indirect part:

=============  =====================================================================
solver         indirect part
=============  =====================================================================
`none`         0, and F contains no term of the follower: the leader learns alone
`joint`        0, and both minimise F on the same cases: the ablation
`alternating`  0, but leader and follower learn from different cases
`unrolled`     through K gradient steps of the follower, exactly or by differences
`implicit`     by the formula above, its system solved approximately
=============  =====================================================================

If F = f on the same cases, then F_q = 0 once the follower is solved: the indirect part
vanishes and bi-level is joint training under another name. Hence the different cases.

A rank-one stand-in for the Hessian, g g^T with g = f_q, is not offered: it divides by
|g|^2, which goes to 0 as the follower gets solved.

References
----------
Liu, Simonyan and Yang, "DARTS", ICLR 2019 (one unrolled step, finite differences).
Lorraine, Vicol and Duvenaud, "Optimizing millions of hyperparameters by implicit
differentiation", AISTATS 2020 (Neumann series).
Pedregosa, "Hyperparameter optimization with approximate gradient", ICML 2016 (linear
solver).
"""

from bratsfuse.baselines.fuse4seg.bilevel.implicit_function import implicit
from bratsfuse.baselines.fuse4seg.bilevel.params import Params
from bratsfuse.baselines.fuse4seg.bilevel.problem import (
    Hypergradient,
    Problem,
    direct_only,
)
from bratsfuse.baselines.fuse4seg.bilevel.solvers import (
    Solver,
    SolverName,
    hypergradient,
)
from bratsfuse.baselines.fuse4seg.bilevel.unrolling import (
    unrolled,
    unrolled_by_differences,
)

__all__ = [
    "Hypergradient",
    "Params",
    "Problem",
    "Solver",
    "SolverName",
    "direct_only",
    "hypergradient",
    "implicit",
    "unrolled",
    "unrolled_by_differences",
]
