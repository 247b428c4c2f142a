//! The writes that wait: in a queue, or behind a thread that is writing to their organisation already.

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

use parking_lot::{Condvar, Mutex};
use rolecall_domain::{ids::OrgId, ports::WriteUnit};

/// A unit, and what has been learnt from running it before.
pub(super) struct Job {
    pub(super) unit: Box<dyn WriteUnit>,
    /// How often it has collided with another transaction.
    pub(super) collisions: u32,
    /// It goes on after a statement was refused.
    pub(super) careful: bool,
    /// It has a transaction to itself at first, in which it may wait.
    pub(super) alone: bool,
}

/// One for a store; threads come for work.
pub(super) struct Desk {
    room: usize,
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// The organisations that threads here write to, and who waits behind each.
    claimed: HashMap<OrgId, VecDeque<Job>>,
    idle: usize,
    closed: bool,
}

impl State {
    fn waiting(&self) -> usize {
        self.queue.len() + self.claimed.values().map(VecDeque::len).sum::<usize>()
    }
}

impl Desk {
    pub(super) fn new(room: usize) -> Self {
        Self { room, state: Mutex::default(), came: Condvar::new() }
    }

    /// Hands a unit in, or back with the reason why not.
    pub(super) fn put(&self, unit: Box<dyn WriteUnit>) -> Result<(), (Box<dyn WriteUnit>, &'static str)> {
        let mut state = self.state.lock();
        if state.closed {
            return Err((unit, "the store has stopped"));
        }
        if state.waiting() >= self.room {
            return Err((unit, "too many writes are waiting"));
        }
        state.queue.push_back(Job { unit, collisions: 0, careful: false, alone: false });
        self.came.notify_one();
        Ok(())
    }

    /// Hands a unit back that has to run again, before all others.
    pub(super) fn again(&self, job: Job) {
        self.state.lock().queue.push_front(job);
        self.came.notify_one();
    }

    /// Waits for work; `None` when the desk is closed and everything is done.
    pub(super) fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            if state.closed && state.claimed.is_empty() {
                return None;
            }
            state.idle += 1;
            self.came.wait(&mut state);
            state.idle -= 1;
        }
    }

    /// Work for a transaction that is open and holds these organisations: who waits behind them, or anybody when no
    /// other thread is free.
    pub(super) fn more(&self, held: &[OrgId]) -> Option<Job> {
        let mut state = self.state.lock();
        for org in held {
            if let Some(job) = state.claimed.get_mut(org).and_then(VecDeque::pop_front) {
                return Some(job);
            }
        }
        let free = state.idle == 0 && state.queue.front().is_some_and(|job| !job.alone);
        if free { state.queue.pop_front() } else { None }
    }

    /// Claims an organisation for a thread, unless another one has it.
    pub(super) fn claim(&self, org: OrgId) -> bool {
        let mut state = self.state.lock();
        if state.claimed.contains_key(&org) {
            return false;
        }
        state.claimed.insert(org, VecDeque::new());
        true
    }

    /// Puts a unit behind the thread that has claimed its organisation.
    pub(super) fn behind(&self, org: OrgId, job: Job) {
        let mut state = self.state.lock();
        match state.claimed.get_mut(&org) {
            Some(waiting) => waiting.push_back(job),
            // It was released meanwhile.
            None => {
                state.queue.push_front(job);
                self.came.notify_one();
            }
        }
    }

    /// Gives claims up. Who waited behind them goes first.
    pub(super) fn release(&self, orgs: &[OrgId]) {
        let mut state = self.state.lock();
        let mut waiting = VecDeque::new();
        for org in orgs {
            waiting.extend(state.claimed.remove(org).unwrap_or_default());
        }
        let queued = mem::take(&mut state.queue);
        waiting.extend(queued);
        state.queue = waiting;
        // One takes the others along.
        if state.closed {
            self.came.notify_all();
        } else if !state.queue.is_empty() {
            self.came.notify_one();
        }
    }

    /// Takes no more; what waits is still done.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.came.notify_all();
    }
}
