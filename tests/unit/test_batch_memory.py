"""The memory of a batch: nobody's samples change under their hands."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from bratsfuse.release.batch_memory import BatchMemory

FORMS = {
    "image": ((2, 3, 5), np.dtype(np.float32)),
    "mask": ((3, 5), np.dtype(np.int64)),
}


def start(place):
    return place["image"].ctypes.data


def test_samples_have_their_forms_and_share_nothing():
    places = BatchMemory(FORMS).places(3)
    for number, place in enumerate(places):
        for name, (shape, dtype) in FORMS.items():
            assert (place[name].shape, place[name].dtype) == (shape, dtype)
            assert place[name].ctypes.data % 64 == 0
            place[name][...] = number
    for number, place in enumerate(places):
        for array in place.values():
            assert (array == number).all()


def test_what_is_let_go_is_used_again():
    memory = BatchMemory(FORMS)
    first = memory.places(4)
    where = start(first[0])
    second = memory.places(4)  # as a loop asks for it, the first in its hands
    other = start(second[0])
    assert other != where
    del first
    third = memory.places(4)
    assert start(third[0]) == where
    del second
    assert start(memory.places(4)[0]) == other


def test_one_view_of_one_sample_keeps_them_all():
    memory = BatchMemory(FORMS)
    places = memory.places(4)
    places[3]["mask"][...] = 7
    kept = torch.from_numpy(places[3]["mask"])[1:]
    del places
    for _ in range(5):
        for place in memory.places(4):
            place["mask"][...] = 1
    assert (kept == 7).all()


def test_a_sample_does_not_hold_the_memory_of_a_batch():
    memory = BatchMemory(FORMS)
    batch = memory.places(40)
    where = start(batch[0])
    del batch
    (alone,) = memory.places(1)
    assert alone["image"].base.nbytes < 1000
    assert start(memory.places(40)[0]) == where


def test_two_threads_are_never_given_the_same():
    memory = BatchMemory(FORMS)

    def fill(number):
        wrong = 0
        for _ in range(200):
            places = memory.places(2)
            for place in places:
                place["image"][...] = number
            wrong += any((place["image"] != number).any() for place in places)
        return wrong

    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(fill, range(4)))


def test_a_copy_in_another_process_begins_anew():
    memory = BatchMemory(FORMS)
    memory.places(2)
    again = pickle.loads(pickle.dumps(memory))  # noqa: S301  (our own)
    assert again.places(1)[0]["mask"].shape == (3, 5)
