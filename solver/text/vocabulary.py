r"""LaTeX that competition mathematics uses and math-core 0.9 does not know, in words it knows.

Sources: amsmath's user guide (https://ctan.org/pkg/amsmath), KaTeX's list of supported functions
(https://katex.org/docs/supported), the physics and siunitx packages for the few taken from them.
Entries that math-core learns can go; `test_latex.py` tries each of them.
"""

# One command for another; arguments, if any, stay as they are.
RENAMED = {
    r"\adots": r"\iddots",
    r"\arc": r"\overparen",
    r"\overarc": r"\overparen",
    r"\wideparen": r"\overparen",
    r"\bgroup": "{",
    r"\egroup": "}",
    r"\centerdot": r"\cdot",
    r"\cr": r"\\",
    r"\newline": r"\\",
    r"\dotsb": r"\cdots",
    r"\dotsc": r"\ldots",
    r"\dotsi": r"\cdots",
    r"\dotsm": r"\cdots",
    r"\dotso": r"\ldots",
    r"\hdots": r"\ldots",
    r"\dotfill": r"\ldots",
    r"\mathellipsis": r"\ldots",
    r"\textellipsis": r"\ldots",
    r"\hfil": r"\quad",
    r"\hfill": r"\quad",
    r"\lbrack": "[",
    r"\rbrack": "]",
    r"\pmb": r"\boldsymbol",
    r"\scr": r"\mathscr",
    r"\mathbbm": r"\mathbb",
    r"\mathds": r"\mathbb",
    r"\C": r"\mathbb{C}",
    r"\Q": r"\mathbb{Q}",
    r"\E": r"\mathbb{E}",
    r"\Prob": r"\Pr",
    r"\qed": r"\square",
    r"\qedhere": r"\square",
    r"\QED": r"\square",
    r"\smallsetminus": r"\setminus",
    r"\shortmid": r"\mid",
    r"\divides": r"\mid",
    r"\notdivides": r"\nmid",
    r"\nshortmid": r"\nmid",
    r"\thickapprox": r"\approx",
    r"\thicksim": r"\sim",
    r"\varangle": r"\sphericalangle",
    r"\smallfrown": r"\frown",
    r"\smallsmile": r"\smile",
    r"\parallelogram": "▱",
    r"\varlimsup": r"\limsup",
    r"\varliminf": r"\liminf",
    r"\defeq": r"\coloneqq",
    r"\dd": r"\mathrm{d}",
    r"\plus": "+",
    r"\degreeCelsius": r"{}^\circ\mathrm{C}",
    r"\celsius": r"{}^\circ\mathrm{C}",
    r"\textdegree": r"{}^\circ",
    r"\texteuro": "€",
    r"\euro": "€",
    r"\cent": "¢",
    r"\dollar": r"\$",
    r"\mathdollar": r"\$",
    r"\textdollar": r"\$",
    r"\textless": r"\lt",
    r"\textgreater": r"\gt",
    r"\textbackslash": r"\backslash",
    r"\textasciitilde": r"\sim",
    r"\textasteriskcentered": r"\ast",
    r"\textbar": "|",
    r"\textemdash": "—",
    r"\textendash": "–",
    r"\surd": r"\sqrt{}",  # math-core 0.9 shows a bar
    r"\mit": r"\it",
    r"\longequal": r"\xlongequal{}",
}

# Operators that packages or authors define.
OPERATORS = (
    "Alt Area Aut Coker Cov Diag End Ext Gal Hom Im Int Isom Ker Mat Ord Proj Rank Re Res Spec Stab"
    " Sym Tor Tr Var Vol adj arccsc arccosh arccot arcosh arcsec arcsinh arctanh arsinh artanh"
    " area argmax argmin card cas ch char cis coker conv cosec cov csch ctg diag diam dist div dom"
    " grad id im inj lcm length lcd mex mod nullity ord perm proj ran range rank rad rot sech sgn"
    " sh sign sinc span supp tg th tr trace var vol"
)

# Spacing, page layout and numbering that mean nothing here.
DROPPED = (
    r"\allowbreak \break \bigskip \centering \displaybreak \hrule \hss \medskip \newpage \noindent"
    r" \nobreak \nonumber \notag \null \pagebreak \par \protect \relax \smallskip \strut \mathstrut"
    r" \tiny \scriptsize \footnotesize \small \normalsize \large \Large \LARGE \huge \Huge \- \/ \@"
)

# The same with one argument that goes too, and with one that stays in their place.
DROPPED_WITH_ARGUMENT = (
    r"\label \require \vspace \bookmark \phantomsection \usepackage \pagestyle"
    r" \cellcolor \rowcolor"
)
UNWRAPPED = (
    r"\clap \ensuremath \lefteqn \llap \mathclap \mathllap \mathnormal \mathrlap \rlap \smash"
    r" \vcenter \bbox \framebox \textup \texorpdfstring"
)

# Text commands by what math-core calls them.
TEXTS = {
    r"\text": r"\text",
    r"\mbox": r"\text",
    r"\hbox": r"\text",
    r"\textnormal": r"\text",
    r"\textmd": r"\text",
    r"\textsl": r"\textit",
    r"\intertext": r"\text",
    r"\shortintertext": r"\text",
    r"\textrm": r"\textrm",
    r"\textbf": r"\textbf",
    r"\textit": r"\textit",
    r"\textsf": r"\textsf",
    r"\texttt": r"\texttt",
    r"\textsc": r"\textsc",
    r"\emph": r"\emph",
    r"\fbox": r"\text",
    r"\sout": r"\sout",
    r"\st": r"\sout",
    r"\si": r"\text",
    r"\unit": r"\text",
}

# An environment's other name, and how many mandatory arguments are left out.
ENVIRONMENTS = {
    "align": ("align*", 0),
    "alignat": ("align*", 1),
    "alignat*": ("align*", 1),
    "alignedat": ("aligned", 1),
    "displaymath": ("gathered", 0),
    "eqnarray": ("array}{rcl", 0),
    "eqnarray*": ("array}{rcl", 0),
    "equation": ("gathered", 0),
    "equation*": ("gathered", 0),
    "flalign": ("align*", 0),
    "flalign*": ("align*", 0),
    "gather": ("gather*", 0),
    "math": ("gathered", 0),
    "multline": ("multline*", 0),
    "psmallmatrix": ("pmatrix", 0),
    "bsmallmatrix": ("bmatrix", 0),
    "smallmatrix": ("matrix", 0),
    "split": ("aligned", 0),
    "subequations": ("gathered", 0),
    "tabular": ("array", 0),
    "matrix*": ("matrix", 0),
    "pmatrix*": ("pmatrix", 0),
    "bmatrix*": ("bmatrix", 0),
    "Bmatrix*": ("Bmatrix", 0),
    "vmatrix*": ("vmatrix", 0),
    "Vmatrix*": ("Vmatrix", 0),
    "dcases*": ("dcases", 0),
    "cases*": ("cases", 0),
}

# Plain TeX's tables, which take their rows as an argument.
PLAIN_TABLES = {
    r"\cases": "cases",
    r"\displaylines": "gathered",
    r"\eqalign": "aligned",
    r"\matrix": "matrix",
    r"\pmatrix": "pmatrix",
    r"\bmatrix": "bmatrix",
    r"\substack": "subarray}{c",
}

# Characters that math-core takes as commands only.
SYMBOLS = {
    "∅": r"\emptyset ",
    "√": r"\sqrt{}",
    "∠": r"\angle ",
    "∡": r"\measuredangle ",
    "∢": r"\sphericalangle ",
    "∴": r"\therefore ",
    "∵": r"\because ",
    "⊤": r"\top ",
    "⊥": r"\perp ",
}

COLOURS = frozenset(
    {"red", "green", "blue", "cyan", "magenta", "yellow", "black", "gray", "white", "darkgray"}
    | {"lightgray", "brown", "lime", "olive", "orange", "pink", "purple", "teal", "violet"}
)
