"""Modules that wait for each other, so that nobody ever reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from shared.domain.content.modules import Module

_Graph = Mapping[int, list[int]]  # id of a module -> the ids of its prerequisites


def prerequisite_cycles(modules: Iterable[Module]) -> Iterator[list[Module]]:
    """Each largest set of two or more modules that all wait for each other, in the order of the course."""
    by_id = {module.id: module for module in modules}
    place = {module_id: number for number, module_id in enumerate(by_id)}
    graph = {each.id: [other for other in each.prerequisite_module_ids if other in by_id] for each in by_id.values()}
    waiting: dict[int, list[int]] = {module_id: [] for module_id in graph}
    for module_id, others in graph.items():
        for other in others:
            waiting[other].append(module_id)
    # Kosaraju: what reaches the last module of a walk through the prerequisites is in one set with it.
    assigned: set[int] = set()
    for module_id in reversed(_walk(graph, graph, set())):
        together = _walk(waiting, [module_id], assigned)
        if len(together) > 1:
            yield [by_id[each] for each in sorted(together, key=place.__getitem__)]


def _walk(graph: _Graph, starts: Iterable[int], seen: set[int]) -> list[int]:
    """The modules that can be reached and are not in `seen`, each behind all that it leads to; adds them to `seen`."""
    order: list[int] = []
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        around = [(start, iter(graph[start]))]
        while around:
            module_id, others = around[-1]
            following = next((other for other in others if other not in seen), None)
            if following is None:
                order.append(module_id)
                around.pop()
            else:
                seen.add(following)
                around.append((following, iter(graph[following])))
    return order
