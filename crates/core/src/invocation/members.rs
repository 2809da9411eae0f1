//! [`Members`], the utilities that take part in an invocation, in the order in which they joined.

use std::any::TypeId;
use std::sync::PoisonError;
use std::time::Duration;

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, OnceLock};

/// An append-only list of members, read without a lock.
///
/// A member is added once and never moves, so readers get a plain reference: adding a metric finds its document in one
/// or two comparisons.
pub(crate) struct Members<P: ?Sized> {
    cells: [OnceLock<Member<P>>; CELLS],
    /// Further members, if these cells are full.
    more: OnceLock<Box<Members<P>>>,
    /// Whether the invocation is over. Adding takes this lock, so that every member is finished exactly once: at the
    /// end, or by the code that added it later.
    sealed: Mutex<bool>,
}

const CELLS: usize = 5;

/// A participant, and which of its methods were already called.
pub(crate) struct Member<P: ?Sized> {
    /// The type by which it is found. Stored here, like the address, because asking the participant would be a virtual
    /// call.
    pub(crate) type_id: TypeId,
    /// The address of the utility, which distinguishes it from others of its type.
    pub(crate) address: usize,
    pub(crate) participant: Box<P>,
    lead_nanos: AtomicU64,
    may_block: AtomicBool,
    started: AtomicBool,
    notified: AtomicBool,
    finished: AtomicBool,
}

/// The lead time of a member that is not notified of the deadline.
const NO_LEAD: u64 = u64::MAX;

impl<P: ?Sized> Members<P> {
    /// Returns the first member of a type for which `is_it` returns true.
    #[inline]
    pub(crate) fn find(&self, type_id: TypeId, is_it: impl Fn(&Member<P>) -> bool) -> Option<&Member<P>> {
        let mut members = self;
        loop {
            for cell in &members.cells {
                let member = cell.get()?;
                if member.type_id == type_id && is_it(member) {
                    return Some(member);
                }
            }
            members = members.more.get()?;
        }
    }

    /// Adds a participant, unless there is one of its type and address; returns the member, and whether the invocation
    /// was already over.
    pub(crate) fn add(&self, type_id: TypeId, address: usize, participant: Box<P>) -> (&Member<P>, bool) {
        let sealed = self.sealed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut members = self;
        loop {
            for cell in &members.cells {
                match cell.get() {
                    None => {
                        let late = *sealed;
                        let member = Member::new(type_id, address, participant);
                        return (cell.get_or_init(|| member), late);
                    }
                    // Another thread has added it since the caller looked.
                    Some(member) if member.type_id == type_id && member.address == address => {
                        return (member, false);
                    }
                    Some(_) => {}
                }
            }
            members = members.more.get_or_init(Box::default);
        }
    }

    /// Returns the members, in the order in which they joined.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member<P>> {
        // Written by hand, because a flattened iterator costs more than the work on the few members.
        let (mut members, mut at) = (self, 0);
        std::iter::from_fn(move || {
            if at == CELLS {
                (members, at) = (members.more.get()?, 0);
            }
            let member = members.cells.get(at)?.get()?;
            at += 1;
            Some(member)
        })
    }

    /// Records that the invocation is over: [`add`](Self::add) returns true from now on.
    pub(crate) fn seal(&self) {
        *self.sealed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

impl<P: ?Sized> Default for Members<P> {
    fn default() -> Self {
        Self {
            cells: Default::default(),
            more: OnceLock::new(),
            sealed: Mutex::new(false),
        }
    }
}

impl<P: ?Sized> Member<P> {
    fn new(type_id: TypeId, address: usize, participant: Box<P>) -> Self {
        Self {
            type_id,
            address,
            participant,
            lead_nanos: AtomicU64::new(NO_LEAD),
            may_block: AtomicBool::new(true),
            started: AtomicBool::new(false),
            notified: AtomicBool::new(false),
            finished: AtomicBool::new(false),
        }
    }

    /// Records that the member's layer is in use; returns whether this is the first call.
    pub(crate) fn start(&self) -> bool {
        !self.started.swap(true, Ordering::AcqRel)
    }

    /// Returns whether the member's layer is in use.
    pub(crate) fn is_started(&self) -> bool {
        self.started.load(Ordering::Acquire)
    }

    /// Records that the member was finished; returns whether this is the first call.
    pub(crate) fn finish(&self) -> bool {
        !self.finished.swap(true, Ordering::AcqRel)
    }

    /// Sets how long before the deadline to notify the member, and whether it may block then.
    pub(crate) fn set_lead_time(&self, lead: Option<Duration>, may_block: bool) {
        self.may_block.store(may_block, Ordering::Relaxed);
        let nanos = |lead: Duration| u64::try_from(lead.as_nanos()).unwrap_or(NO_LEAD - 1);
        self.lead_nanos.store(lead.map_or(NO_LEAD, nanos), Ordering::Relaxed);
    }

    /// Returns whether the member may block near the deadline.
    pub(crate) fn may_block(&self) -> bool {
        self.may_block.load(Ordering::Relaxed)
    }

    /// Returns how long before the deadline to notify the member, or `None` if it was already notified.
    pub(crate) fn lead_time(&self) -> Option<Duration> {
        let nanos = self.lead_nanos.load(Ordering::Relaxed);
        let wants = nanos != NO_LEAD && !self.notified.load(Ordering::Relaxed);
        wants.then(|| Duration::from_nanos(nanos))
    }

    /// Records that the member was notified of the deadline; returns whether this is the first call.
    pub(crate) fn notify(&self) -> bool {
        !self.notified.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;

    use super::*;

    type AnyMembers = Members<dyn Any + Send + Sync>;

    fn add(members: &AnyMembers, value: usize) -> (usize, bool) {
        let (member, late) = members.add(TypeId::of::<usize>(), value, Box::new(value));
        (*member.participant.downcast_ref().unwrap(), late)
    }

    #[test]
    fn more_members_than_cells_fit_and_keep_their_order() {
        let members = AnyMembers::default();
        for value in 0..3 * CELLS {
            assert_eq!(add(&members, value), (value, false));
        }
        assert_eq!(add(&members, 7), (7, false), "a member is added once");
        let values: Vec<_> = members
            .iter()
            .map(|member| *member.participant.downcast_ref::<usize>().unwrap())
            .collect();
        assert_eq!(values, (0..3 * CELLS).collect::<Vec<_>>());
        let found = members.find(TypeId::of::<usize>(), |member| member.address == 12);
        assert!(found.is_some());
        assert!(members.find(TypeId::of::<u8>(), |_| true).is_none());
    }

    #[test]
    fn joining_after_the_end_is_reported() {
        let members = AnyMembers::default();
        assert_eq!(add(&members, 1), (1, false));
        members.seal();
        assert_eq!(add(&members, 2), (2, true));
    }

    #[test]
    fn a_member_has_a_lead_time_until_it_was_notified() {
        let members = AnyMembers::default();
        let (member, _) = members.add(TypeId::of::<usize>(), 1, Box::new(1_usize));
        assert_eq!(member.lead_time(), None);
        member.set_lead_time(Some(Duration::from_millis(250)), false);
        assert_eq!(member.lead_time(), Some(Duration::from_millis(250)));
        assert!(!member.may_block());
        assert!(member.notify());
        assert_eq!(member.lead_time(), None, "the watch would wait for it again");
        assert!(!member.notify());
    }

    #[test]
    fn a_lead_time_longer_than_any_timeout_is_kept() {
        let members = AnyMembers::default();
        let (member, _) = members.add(TypeId::of::<usize>(), 1, Box::new(1_usize));
        member.set_lead_time(Some(Duration::MAX), true);
        assert!(member.lead_time() > Some(Duration::from_secs(900)));
    }

    #[test]
    fn racing_threads_add_one_member() {
        for _ in 0..200 {
            let members = AnyMembers::default();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| add(&members, 1));
                }
            });
            assert_eq!(members.iter().count(), 1);
        }
    }
}
