"""A queue before the model: requests that wait together travel together."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field


class Overloaded(Exception):
    """The queue is full: better to say so at once than to let everybody wait."""


class Ended(Exception):
    """The batcher does not work any more: nobody would answer."""


@dataclass(eq=False)
class Job:
    """One text on its way through the queue."""

    text: str
    answer: asyncio.Future
    arrived: float = field(default_factory=time.perf_counter)


class Batcher:
    """Answers texts one batch at a time.

    Parameters
    ----------
    work : function
        From a list of texts to a list of answers. It runs in a thread, so that the server
        can go on listening.
    max_batch : int
        Texts in one batch, at most.
    max_wait : float
        Seconds that the first text of a batch waits for company, at most.
    max_queue : int
        Texts that may wait, at most.
    on_batch : function, optional
        Called with the size and the seconds of each batch.
    """

    def __init__(self, work, max_batch, max_wait, max_queue, on_batch=lambda *_: None):
        self.work, self.on_batch = work, on_batch
        self.max_batch, self.max_wait, self.max_queue = max_batch, max_wait, max_queue
        self.queue = deque()
        self.arrival, self.closing = asyncio.Event(), False
        self.task = asyncio.create_task(self.run())

    def is_alive(self):
        return not self.task.done()

    async def submit(self, texts):
        """The answers to some texts; all of them are queued, or none."""
        if self.closing or not self.is_alive():
            raise Ended("the model takes no more texts")
        if len(self.queue) + len(texts) > self.max_queue:
            raise Overloaded(
                f"{len(self.queue)} texts are waiting; at most {self.max_queue} may"
            )
        loop = asyncio.get_running_loop()
        jobs = [Job(text, loop.create_future()) for text in texts]
        self.queue.extend(jobs)
        self.arrival.set()
        try:
            return await asyncio.gather(*(job.answer for job in jobs))
        finally:  # answered; or the client has gone, and leaves no work behind
            for job in jobs:
                job.answer.cancel()
                if job in self.queue:
                    self.queue.remove(job)

    async def run(self):
        jobs = []
        try:
            while jobs := await self.collect():
                await self.process(jobs)
        finally:  # whatever ended it, nobody must wait for ever
            for job in [*jobs, *self.queue]:
                if not job.answer.done():
                    job.answer.set_exception(Ended("the model has stopped working"))

    async def take(self):
        """The job that has waited longest; None when there will be no more."""
        while not self.queue and not self.closing:
            self.arrival.clear()
            await self.arrival.wait()
        return self.queue.popleft() if self.queue else None

    async def collect(self):
        """The next batch: the first text, and those before it is full or too late."""
        jobs = [await self.take()]
        until = asyncio.get_running_loop().time() + self.max_wait
        while jobs[-1] and len(jobs) < self.max_batch:
            try:
                async with asyncio.timeout_at(until):
                    jobs.append(await self.take())
            except TimeoutError:
                break
        return [job for job in jobs if job]

    async def process(self, jobs):
        """One pass through the model; each job gets its own answer, or its own error."""
        start = time.perf_counter()
        try:
            answers = await asyncio.to_thread(self.work, [job.text for job in jobs])
            if len(answers) != len(jobs):
                raise RuntimeError(f"{len(answers)} answers to {len(jobs)} texts")
        except Exception as error:
            if len(jobs) > 1:  # one bad text must not take its neighbours down with it
                for job in jobs:
                    await self.process([job])
            elif not jobs[0].answer.done():
                jobs[0].answer.set_exception(error)
            return
        seconds = time.perf_counter() - start
        self.on_batch(len(jobs), seconds)
        for job, answer in zip(jobs, answers):
            if not job.answer.done():  # the client may have gone
                job.answer.set_result((answer, len(jobs), start - job.arrived, seconds))

    async def close(self):
        """Answer what is queued, then stop."""
        self.closing = True
        self.arrival.set()
        await self.task
