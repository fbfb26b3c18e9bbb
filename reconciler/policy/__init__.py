"""Policy documents as values: parse, compare, own, render, merge, guard and evaluate. No I/O."""
