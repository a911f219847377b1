"""A queue before the model: requests that wait together travel together."""

import asyncio
import time
from dataclasses import dataclass, field


class Overloaded(Exception):
    """The queue is full: better to say so at once than to let everybody wait."""


@dataclass
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

    def __init__(
        self, work, max_batch, max_wait, max_queue, on_batch=lambda size, seconds: None
    ):
        self.work, self.on_batch = work, on_batch
        self.max_batch, self.max_wait, self.max_queue = max_batch, max_wait, max_queue
        self.queue = asyncio.Queue()
        self.task = asyncio.create_task(self.run())

    async def submit(self, texts):
        """The answers to some texts; all of them are queued, or none."""
        if self.queue.qsize() + len(texts) > self.max_queue:
            raise Overloaded(
                f"{self.queue.qsize()} texts are waiting; at most {self.max_queue} may"
            )
        jobs = [Job(text, asyncio.get_running_loop().create_future()) for text in texts]
        for job in jobs:
            self.queue.put_nowait(job)
        return await asyncio.gather(*(job.answer for job in jobs))

    async def run(self):
        while True:
            jobs = await self.collect()
            await self.process([job for job in jobs if not job.answer.cancelled()])
            for _ in jobs:
                self.queue.task_done()

    async def collect(self):
        """The next batch: the first text, and those before it is full or too late."""
        jobs = [await self.queue.get()]
        until = asyncio.get_running_loop().time() + self.max_wait
        while len(jobs) < self.max_batch:
            try:
                async with asyncio.timeout_at(until):
                    jobs.append(await self.queue.get())
            except TimeoutError:
                break
        return jobs

    async def process(self, jobs):
        """One pass through the model; each job gets its own answer, or its own error."""
        if not jobs:
            return
        start = time.perf_counter()
        try:
            answers = await asyncio.to_thread(self.work, [job.text for job in jobs])
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].answer.set_exception(error)
            else:  # one bad text must not take its neighbours down with it
                for job in jobs:
                    await self.process([job])
            return
        seconds = time.perf_counter() - start
        self.on_batch(len(jobs), seconds)
        for job, answer in zip(jobs, answers, strict=True):
            if not job.answer.done():  # the client may have gone
                job.answer.set_result((answer, len(jobs), start - job.arrived, seconds))

    async def close(self):
        """Answer what is queued, then stop."""
        await self.queue.join()
        self.task.cancel()
