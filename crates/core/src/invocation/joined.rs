//! How a utility joins an invocation, and how its state is found: `join`, `state_of`, `utility` and `with` of
//! [`Invocation`].

use std::any::{Any, TypeId, type_name};
use std::sync::Arc;

use lambda_runtime::LambdaInvocation;

use super::members::Member;
use super::{AfterResponse, Fact, Invocation, Outcome, Participant, Utility};
use crate::watch;

/// A utility together with its state in one invocation.
struct Joined<U: Utility> {
    utility: Arc<U>,
    state: U::State,
}

impl Invocation {
    /// Returns the state of `utility` in this invocation, and lets the utility join if it has not yet.
    ///
    /// The layer lets its utilities join at the start. This method is for parts of a utility that may run earlier, such
    /// as a subscriber layer, and for a second utility of the same type. A utility that joined in this way acts if its
    /// layer, or that of another utility of its type, is in use. If it joins after the end, it is finished immediately.
    ///
    /// Returns `None` if [`Utility::state`] panicked, which also gives one warning.
    pub fn join<U: Utility>(&self, utility: &Arc<U>) -> Option<&U::State> {
        if let Some(state) = self.state_of(utility) {
            return Some(state);
        }
        let member = self.join_now(utility)?;
        joined(&*member.participant).map(|joined: &Joined<U>| &joined.state)
    }

    /// Returns the state of `utility` in this invocation, or `None` if it does not take part.
    #[inline]
    pub fn state_of<U: Utility>(&self, utility: &Arc<U>) -> Option<&U::State> {
        let member = self
            .members()
            .find(TypeId::of::<Joined<U>>(), |member| is(member, utility))?;
        joined(&*member.participant).map(|joined: &Joined<U>| &joined.state)
    }

    /// Returns the utility of type `U` that takes part in this invocation, and its state.
    ///
    /// If several utilities of the type take part, returns the one that joined first.
    #[inline]
    pub fn utility<U: Utility>(&self) -> Option<(&Arc<U>, &U::State)> {
        let member = self.members().find(TypeId::of::<Joined<U>>(), |_| true)?;
        joined(&*member.participant).map(|joined: &Joined<U>| (&joined.utility, &joined.state))
    }

    /// Returns all utilities of type `U` that take part in this invocation, in the order in which they joined.
    pub fn utilities<U: Utility>(&self) -> impl Iterator<Item = (&Arc<U>, &U::State)> {
        let members = self.members().iter();
        members.filter_map(|member| {
            joined(&*member.participant).map(|joined: &Joined<U>| (&joined.utility, &joined.state))
        })
    }

    /// Calls `f` with the utility of type `U` that takes part in the current invocation, and its state.
    ///
    /// Returns `None` outside an invocation and if no utility of the type takes part. Free functions such as
    /// `append_key` or `annotate` use it to find their utility; see [`Utility`] for an example. As for
    /// [`with_current`](Self::with_current), `f` must not run foreign code.
    #[inline]
    pub fn with<U: Utility, R>(f: impl FnOnce(&Arc<U>, &U::State) -> R) -> Option<R> {
        Self::with_current(|invocation| invocation.utility().map(|(utility, state)| f(utility, state))).flatten()
    }

    #[cold]
    fn join_now<U: Utility>(&self, utility: &Arc<U>) -> Option<&Member<dyn Participant>> {
        let mut made = None;
        // Without a lock, because the utility's code may let others join.
        self.guard(type_name::<U>, "at the start of an invocation", || {
            // Boxed at once, because a state may be large.
            let joined = Box::new(Joined {
                utility: Arc::clone(utility),
                state: utility.state(self),
            });
            let (lead, may_block) = (utility.lead_time(&joined.state), utility.may_block());
            made = Some((joined, lead, may_block));
        });
        let (joined, lead, may_block) = made?;
        let type_id = TypeId::of::<Joined<U>>();
        let (member, late) = self.members().add(type_id, address(utility), joined);
        if late {
            self.finish_member(member);
        } else {
            member.set_lead_time(lead, may_block);
            if lead.is_some() && self.is_open() {
                watch::remind(self);
            }
        }
        Some(member)
    }
}

/// A utility of any type, as layers keep it.
pub(crate) trait AnyUtility: Send + Sync {
    /// Joins an invocation and calls [`Utility::on_start`], unless it has done so before.
    fn start(&self, invocation: &Invocation, request: &LambdaInvocation);

    /// Returns whether a member is this utility.
    fn is(&self, member: &Member<dyn Participant>) -> bool;

    /// Returns whether a member is a utility of the same type.
    fn is_alike(&self, member: &Member<dyn Participant>) -> bool;

    /// Returns the name of the utility's type.
    fn name(&self) -> &'static str;

    fn on_shutdown(&self);
}

/// Erases the type of a utility.
pub(crate) fn erased<U: Utility>(utility: &Arc<U>) -> Arc<dyn AnyUtility> {
    Arc::new(Erased(Arc::clone(utility)))
}

struct Erased<U>(Arc<U>);

impl<U: Utility> AnyUtility for Erased<U> {
    fn start(&self, invocation: &Invocation, request: &LambdaInvocation) {
        let members = invocation.members();
        let known = members.find(TypeId::of::<Joined<U>>(), |member| is(member, &self.0));
        if let Some(member) = known.or_else(|| invocation.join_now(&self.0))
            && member.start()
        {
            if member.lead_time().is_some() && invocation.is_open() {
                watch::remind(invocation);
            }
            invocation.guard(type_name::<U>, "at the start of an invocation", || {
                member.participant.start(invocation, request);
            });
        }
    }

    fn is(&self, member: &Member<dyn Participant>) -> bool {
        self.is_alike(member) && is(member, &self.0)
    }

    fn is_alike(&self, member: &Member<dyn Participant>) -> bool {
        member.type_id == TypeId::of::<Joined<U>>()
    }

    fn name(&self) -> &'static str {
        type_name::<U>()
    }

    fn on_shutdown(&self) {
        self.0.on_shutdown();
    }
}

impl<U: Utility> Participant for Joined<U> {
    fn name(&self) -> &'static str {
        type_name::<U>()
    }

    fn start(&self, invocation: &Invocation, request: &LambdaInvocation) {
        self.utility.on_start(invocation, &self.state, request);
    }

    fn outcome(&self, invocation: &Invocation, outcome: &Outcome) {
        self.utility.on_outcome(invocation, &self.state, outcome);
    }

    fn near_deadline(&self, invocation: &Invocation) {
        self.utility.near_deadline(invocation, &self.state);
    }

    fn finish(&self, invocation: &Invocation) {
        self.utility.on_finish(invocation, &self.state);
    }

    fn after_response(&self, invocation: &Invocation) -> Option<AfterResponse> {
        self.utility.after_response(invocation, &self.state)
    }

    fn fact(&self, invocation: &Invocation, fact: &Fact<'_>) {
        self.utility.on_fact(invocation, &self.state, fact);
    }
}

fn joined<U: Utility>(participant: &dyn Participant) -> Option<&Joined<U>> {
    let any: &dyn Any = participant;
    any.downcast_ref()
}

/// Returns whether a member, which is of the utility's type, is this utility.
#[inline]
fn is<U: Utility>(member: &Member<dyn Participant>, utility: &Arc<U>) -> bool {
    member.address == address(utility)
}

#[inline]
fn address<U: Utility>(utility: &Arc<U>) -> usize {
    Arc::as_ptr(utility).addr()
}
