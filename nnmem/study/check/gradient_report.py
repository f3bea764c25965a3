"""What a gradient check found, as data and as a table to print."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["GradientReport"]


@dataclass(frozen=True)
class GradientRow:
    """One gradient against one oracle; ``element``, ``expected`` and ``got`` are where they differ most."""

    argument: str
    oracle: str
    error: float
    bound: float
    element: tuple[int, ...] | None
    expected: float
    got: float

    @property
    def ok(self) -> bool:
        return bool(self.error <= self.bound)


@dataclass
class GradientReport:
    """What ``check_gradients`` found. True in an ``if`` when everything held; ``print`` shows a table."""

    rows: list[GradientRow] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return bool(self.rows) and not self.problems and all(row.ok for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        width = max([10, *(len(row.argument) for row in self.rows)])
        lines = [f"{'argument':<{width}} {'oracle':<19} {'error':>9} {'bound':>8}"]
        for row in self.rows:
            verdict = "ok" if row.ok else "WRONG"
            lines.append(f"{row.argument:<{width}} {row.oracle:<19} {row.error:>9.1e} {row.bound:>8.0e}  {verdict}")
            if not row.ok:
                where = "" if not row.element else f"[{', '.join(map(str, row.element))}]"
                lines.append(f"    {row.argument}{where}: expected {row.expected:.10g}, got {row.got:.10g}")
        lines += [f"problem: {problem}" for problem in self.problems]
        lines += [f"note: {note}" for note in self.notes]
        lines.append("All gradients agree." if self.ok else "Not all gradients agree.")
        return "\n".join(lines)
