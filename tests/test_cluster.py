"""More workers change how long it takes, and nothing else."""

from __future__ import annotations

import operator
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from plainrecord.cluster import ordered_map


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_task_order_at_any_worker_count(workers: int) -> None:
    assert list(ordered_map(operator.neg, range(50), workers)) == [-number for number in range(50)]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_arrives_at_its_task(workers: int) -> None:
    results = ordered_map(operator.index, [1, 2, "three", 4], workers)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(TypeError):
        next(results)


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(ordered_map(str, [3, 1, 2], 2, executor=pool)) == ["3", "1", "2"]


@pytest.mark.parametrize("workers", [2, 3])
def test_who_helps_works_in_order_too_and_meets_an_exception_at_its_task(workers: int) -> None:
    with ThreadPoolExecutor(workers - 1) as pool:
        results = list(ordered_map(worked_by, range(40), workers, executor=pool, helping=True))
        assert [number for number, _ in results] == list(range(40))
        assert {thread == threading.get_ident() for _, thread in results} == {True, False}
        failing = ordered_map(operator.index, [1, 2, "three", 4], workers, executor=pool, helping=True)
        assert [next(failing), next(failing)] == [1, 2]
        with pytest.raises(TypeError):
            next(failing)


def test_who_helps_does_a_single_task_alone() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert list(ordered_map(worked_by, [7], 2, executor=pool, helping=True)) == [(7, threading.get_ident())]
        assert list(ordered_map(worked_by, [], 2, executor=pool, helping=True)) == []


def worked_by(number: int) -> tuple[int, int]:
    """The task, and the thread that did it, after a moment."""
    time.sleep(0.002)
    return number, threading.get_ident()
