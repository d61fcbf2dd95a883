"""Run tasks on processes here, in order. It never changes what is computed: one worker or many, same results, same order."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

from plainrecord.values import collect_seldom

Task = TypeVar("Task")
Result = TypeVar("Result")


def ordered_map(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    workers: int,
    *,
    window: int | None = None,
    executor: Executor | None = None,
    helping: bool = False,
) -> Iterator[Result]:
    """Results of `function` over `tasks` in task order, at most `window` (default 2 x workers) of them in flight.

    With one worker everything runs in this process. Tasks and results must be picklable otherwise. An exception in a
    task is raised here, at that task's place. `executor` may be any `concurrent.futures.Executor`, such as a cluster's.
    With `helping`, this process is one of the workers: it takes a task itself while the others, in `executor`, have
    enough to do.
    """
    busy = 2 * (workers - 1) if helping else None
    if workers <= 1 and executor is None:
        yield from map(function, tasks)
        return
    if executor is not None:
        yield from _windowed(executor, function, tasks, window or 2 * workers, busy)
        return
    with worker_pool(workers) as pool:
        yield from _windowed(pool, function, tasks, window or 2 * workers, busy)


@contextmanager
def worker_pool(workers: int) -> Iterator[Executor]:
    """Processes for `ordered_map`; work not yet started is dropped when the block is left early."""
    # "spawn" everywhere: forking a process that has threads (the hashing ring) can deadlock.
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=collect_seldom)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _windowed(
    pool: Executor, function: Callable[[Task], Result], tasks: Iterable[Task], window: int, busy: int | None
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    coming = iter(tasks)
    first = list(islice(coming, 2))
    if busy is not None and len(first) == 1:
        # One task is done sooner than another process is started.
        yield function(first[0])
        return
    for task in chain(first, coming):
        here = busy is not None and sum(not one.done() for one in waiting) >= busy
        waiting.append(_done_here(function, task) if here else pool.submit(function, task))
        while waiting and (len(waiting) >= window or (busy is not None and waiting[0].done())):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _done_here(function: Callable[[Task], Result], task: Task) -> Future[Result]:
    done: Future[Result] = Future()
    try:
        done.set_result(function(task))
    except Exception as error:  # noqa: BLE001 - raised at the task's place, like those of other processes
        done.set_exception(error)
    return done
