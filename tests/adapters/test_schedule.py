from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samantha.adapters.clock import SystemClock
from samantha.adapters.schedule import KEPT_S, Schedule, _Pulse, _Steady

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
FOUR = time(4, 0)


class Hands:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = START) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def go(self, **by: float) -> None:
        self.at += timedelta(**by)


class Table:
    """The last runs, as a database keeps them."""

    def __init__(self) -> None:
        self.rows: dict[str, datetime] = {}

    def schedule(self, clock: Hands | SystemClock) -> Schedule:
        return Schedule(clock, self.rows.get, self.rows.__setitem__)


def hourly(schedule: Schedule, ran: list[datetime], clock: Hands) -> Schedule:
    schedule.every("rescan", 3_600, lambda: ran.append(clock.now()))
    return schedule


def at_four(
    schedule: Schedule, ran: list[datetime], clock: Hands, zone: ZoneInfo = BERLIN, at: time = FOUR
) -> Schedule:
    schedule.daily("day", at, zone, lambda: ran.append(clock.now()))
    return schedule


def test_an_interval_runs_at_once_and_then_when_it_has_passed() -> None:
    """The first look runs it, then one look an interval does, and none between."""
    clock, ran = Hands(), list[datetime]()
    schedule = hourly(Table().schedule(clock), ran, clock)
    for _ in range(1 + 4 * 60):
        schedule.look()
        clock.go(minutes=1)
    assert ran == [START + timedelta(hours=n) for n in range(5)]


def test_an_interval_goes_on_over_a_restart() -> None:
    """A restart after half an interval does not run it again; one after three runs it once."""
    clock, table, ran = Hands(), Table(), list[datetime]()
    hourly(table.schedule(clock), ran, clock).look()
    clock.go(minutes=30)
    assert hourly(table.schedule(clock), ran, clock).look() == []
    clock.go(hours=3)
    second = hourly(table.schedule(clock), ran, clock)
    assert second.look() == ["rescan"]
    assert second.look() == []


def test_short_intervals_write_nothing() -> None:
    """What runs every half minute does not wake the disk every half minute."""
    clock, table = Hands(), Table()
    schedule = table.schedule(clock)
    schedule.every("look", 30, lambda: None)
    schedule.every("scan", KEPT_S, lambda: None)
    assert schedule.look() == ["look", "scan"]
    assert list(table.rows) == ["scan"]
    clock.go(seconds=30)
    assert schedule.look() == ["look"]


def test_a_daily_run_comes_once_a_day_at_its_time() -> None:
    """Over a week of looks every ten minutes it runs at four local time, seven times."""
    clock, ran = Hands(datetime(2026, 5, 4, 1, 0, tzinfo=UTC)), list[datetime]()
    table = Table()
    table.rows["day"] = clock.now() - timedelta(hours=12)
    schedule = at_four(table.schedule(clock), ran, clock)
    for _ in range(7 * 24 * 6):
        schedule.look()
        clock.go(minutes=10)
    assert [r.astimezone(BERLIN).strftime("%d %H:%M") for r in ran] == [
        f"{day:02} 04:00" for day in range(4, 11)
    ]


@pytest.mark.parametrize("away", [{"hours": 20}, {"days": 9}])
def test_a_missed_daily_run_comes_once_after_a_start(away: dict[str, float]) -> None:
    """However many days the machine was off, the next start makes up for it with one run."""
    clock, table, ran = Hands(), Table(), list[datetime]()
    at_four(table.schedule(clock), ran, clock).look()
    clock.go(**away)
    late = at_four(table.schedule(clock), ran, clock)
    assert late.look() == ["day"]
    assert late.look() == []


def test_a_restart_after_the_run_does_not_repeat_it() -> None:
    """Ten restarts on one day are one run."""
    clock, table, ran = Hands(), Table(), list[datetime]()
    for _ in range(10):
        at_four(table.schedule(clock), ran, clock).look()
        clock.go(minutes=40)
    assert ran == [START]


def test_a_jump_forward_runs_once() -> None:
    """A clock that is set three days ahead, or a sleep of three days, is one run."""
    clock, table, ran = Hands(), Table(), list[datetime]()
    schedule = at_four(hourly(table.schedule(clock), [], clock), ran, clock)
    schedule.look()
    clock.go(days=3)
    assert schedule.look() == ["rescan", "day"]
    assert schedule.look() == []


def test_a_jump_back_does_not_repeat_the_day() -> None:
    """Set back over the time of the run, it does not come twice for that day, but for the next."""
    clock, table, ran = Hands(datetime(2026, 5, 4, 2, 30, tzinfo=UTC)), Table(), list[datetime]()
    schedule = at_four(table.schedule(clock), ran, clock)
    assert schedule.look() == ["day"]
    clock.go(hours=-5)
    for _ in range(8):
        assert schedule.look() == []
        assert at_four(table.schedule(clock), ran, clock).look() == []
        clock.go(hours=1)
    clock.at = datetime(2026, 5, 5, 2, 1, tzinfo=UTC)
    assert schedule.look() == ["day"]


def test_a_jump_back_does_not_stretch_an_interval() -> None:
    """After a clock went back two hours, an hourly run comes at once and then hourly."""
    clock, ran = Hands(), list[datetime]()
    schedule = hourly(Table().schedule(clock), ran, clock)
    schedule.look()
    clock.go(hours=-2)
    assert schedule.look() == ["rescan"]
    clock.go(minutes=59)
    assert schedule.look() == []
    clock.go(minutes=1)
    assert schedule.look() == ["rescan"]


def test_a_correction_by_seconds_runs_nothing() -> None:
    """The small steps of time synchronisation are no jump."""
    clock, ran = Hands(), list[datetime]()
    schedule = hourly(Table().schedule(clock), ran, clock)
    schedule.look()
    clock.go(seconds=-3)
    assert schedule.look() == []


def test_a_wrong_year_does_not_silence_the_days_after() -> None:
    """A clock that was years ahead for a moment does not stop the daily run for years."""
    clock, table, ran = Hands(START + timedelta(days=2000)), Table(), list[datetime]()
    schedule = at_four(table.schedule(clock), ran, clock)
    schedule.look()
    clock.at = START
    assert schedule.look() == ["day"]
    assert schedule.look() == []
    clock.go(days=1)
    assert schedule.look() == ["day"]


def test_the_hour_that_comes_twice_runs_once() -> None:
    """In autumn 02:30 comes twice in Berlin; the job comes with the first."""
    clock = Hands(datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    ran, table = list[datetime](), Table()
    table.rows["day"] = clock.now()
    schedule = at_four(table.schedule(clock), ran, clock, at=time(2, 30))
    for _ in range(24 * 6):
        schedule.look()
        clock.go(minutes=10)
    assert ran == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_the_hour_that_never_comes_runs_after_the_gap() -> None:
    """In spring 02:30 does not exist in Berlin; the job comes once, an hour later by the clock."""
    clock = Hands(datetime(2026, 3, 28, 22, 0, tzinfo=UTC))
    ran, table = list[datetime](), Table()
    table.rows["day"] = clock.now()
    schedule = at_four(table.schedule(clock), ran, clock, at=time(2, 30))
    for _ in range(24 * 6):
        schedule.look()
        clock.go(minutes=10)
    assert ran == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]


@given(
    steps=st.lists(st.integers(1, 3 * 86_400), max_size=60),
    at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
)
@settings(max_examples=200, deadline=None)
def test_between_two_runs_lies_exactly_one_time_of_day(
    steps: list[int], at: time, zone: str
) -> None:
    """However the looks fall, no two runs belong to the same day's time."""
    clock, table, ran = Hands(datetime(2026, 3, 1, tzinfo=UTC)), Table(), list[datetime]()
    local = ZoneInfo(zone)
    for step in steps:
        at_four(table.schedule(clock), ran, clock, local, at).look()
        clock.go(seconds=step)

    def slot(moment: datetime) -> datetime:
        days = (moment.astimezone(local).date() + timedelta(days=n) for n in (-1, 0, 1))
        times = [datetime.combine(d, at, local).astimezone(UTC) for d in days]
        return max(t for t in times if t <= moment)

    slots = [slot(r) for r in ran]
    assert len(set(slots)) == len(slots)
    assert len(ran) >= min(1, len(steps))


def test_a_job_that_raises_does_not_stop_the_others() -> None:
    """All that is due runs, the failed one is not repeated at once, its problem is told."""
    clock, table, ran = Hands(), Table(), list[str]()

    def broken() -> None:
        ran.append("broken")
        raise RuntimeError("broken")

    schedule = table.schedule(clock)
    schedule.every("a", 3_600, lambda: ran.append("a"))
    schedule.every("broken", 3_600, broken)
    schedule.every("c", 3_600, lambda: ran.append("c"))
    with pytest.raises(RuntimeError, match="broken"):
        schedule.look()
    assert ran == ["a", "broken", "c"]
    assert set(table.rows) == {"a", "broken", "c"}
    assert schedule.look() == []


def test_a_run_is_noted_after_it() -> None:
    """A daemon that is killed inside the job runs it again, it does not skip the day."""
    clock, table, seen = Hands(), Table(), list[dict[str, datetime]]()
    schedule = table.schedule(clock)
    schedule.daily("day", FOUR, BERLIN, lambda: seen.append(dict(table.rows)))
    schedule.look()
    assert seen == [{}] and table.rows == {"day": START}


def test_two_jobs_cannot_have_one_name() -> None:
    """The name is the key of the last run, so it is given once."""
    schedule = Table().schedule(Hands())
    schedule.every("x", 1, lambda: None)
    with pytest.raises(ValueError, match="x"):
        schedule.every("x", 1, lambda: None)


def test_a_started_schedule_looks_at_once_and_again() -> None:
    """On the real clock, a job every second comes a second time, after one that raised too."""
    twice, count = threading.Semaphore(0), list[int]()

    def job() -> None:
        count.append(1)
        twice.release()
        raise RuntimeError("the schedule lives on")

    schedule = Table().schedule(SystemClock())
    schedule.every("job", 1, job)
    logging.getLogger("apscheduler.executors.default").disabled = True
    schedule.start()
    try:
        assert twice.acquire(timeout=30)
        assert twice.acquire(timeout=30)
    finally:
        schedule.stop()
        logging.getLogger("apscheduler.executors.default").disabled = False
    done = len(count)
    schedule.stop()
    assert len(count) == done


def test_stopping_waits_for_the_job_under_way() -> None:
    """After stop nothing of the schedule runs, so the database may be closed."""
    inside, release, ended = threading.Event(), threading.Event(), threading.Event()

    def job() -> None:
        inside.set()
        release.wait(30)
        ended.set()

    schedule = Table().schedule(SystemClock())
    schedule.every("job", 3_600, job)
    schedule.start()
    assert inside.wait(30)
    stopping = threading.Thread(target=schedule.stop)
    stopping.start()
    assert not ended.is_set()
    release.set()
    stopping.join(30)
    assert ended.is_set() and not stopping.is_alive()


def test_the_pulse_comes_whatever_the_clock_does() -> None:
    """APScheduler wakes within one pulse after a jump back, and counts no steps of a jump ahead."""
    from apscheduler.job import Job
    from apscheduler.schedulers.background import BackgroundScheduler

    step = timedelta(seconds=15)
    store = _Steady(15)
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_jobstore(store)
    job: Job = scheduler.add_job(print, _Pulse(15), next_run_time=START)
    scheduler.start(paused=True)
    try:
        assert store.get_due_jobs(START) == [job]
        ahead = START + timedelta(days=20_000)
        assert job._get_run_times(ahead) == [START]
        assert job.trigger.get_next_fire_time(START, ahead) == ahead + step
        job.modify(next_run_time=START + step)
        assert store.get_due_jobs(START) == []
        back = START - timedelta(hours=1)
        assert store.get_due_jobs(back) == [job]
        assert job.next_run_time == back == store.get_next_run_time()
    finally:
        scheduler.shutdown()
