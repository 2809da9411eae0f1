//! [`Fake`], a store of idempotency records behind the client.

use powertools_lambda::idempotency::{
    Begin, Claim, Complete, Completion, Record, Release, Status, Store, StoreError, StoreFuture, Token,
};
use soak::event::wire::{Call, Item, Reply};

use crate::store::Client;

/// Records of the fake store.
pub(crate) struct Fake(pub(crate) Client);

impl Fake {
    async fn call(&self, call: &Call) -> Result<Reply, StoreError> {
        self.0.call(call).await.map_err(StoreError::unavailable)
    }

    async fn delete(&self, key: &str, token: &Token, only_first: bool) -> Result<Release, StoreError> {
        let (key, token) = (key.to_owned(), token.as_str().to_owned());
        match self.call(&Call::Release { key, token, only_first }).await? {
            Reply::Done => Ok(Release::Done),
            Reply::Lost(_) => Ok(Release::Lost),
            other => Err(unexpected(&other)),
        }
    }
}

impl Store for Fake {
    fn name(&self) -> &'static str {
        "the fake store"
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        Box::pin(async move {
            let call = Call::Begin {
                key: claim.key.to_owned(),
                token: claim.token.as_str().to_owned(),
                now: claim.now,
                locked_until: claim.locked_until,
                expires_at: claim.expires_at,
            };
            match self.call(&call).await? {
                Reply::Acquired { taken_over } => Ok(Begin::acquired(taken_over)),
                Reply::Exists(item) => Ok(Begin::Exists(record(item))),
                other => Err(unexpected(&other)),
            }
        })
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        Box::pin(async move {
            let call = Call::Complete {
                key: completion.key.to_owned(),
                token: completion.token.as_str().to_owned(),
                expires_at: completion.expires_at,
                answer: completion.answer.map(str::to_owned),
            };
            match self.call(&call).await? {
                Reply::Done => Ok(Complete::Done),
                Reply::Lost(item) => Ok(Complete::Lost(item.map(record))),
                other => Err(unexpected(&other)),
            }
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(self.delete(key, token, false))
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(self.delete(key, token, true))
    }
}

fn record(item: Item) -> Record {
    let mut record = Record::new(status(item.completed), item.expires_at);
    record.locked_until = item.locked_until;
    record.token = Some(Token::from_text(item.token));
    record.previous = item.previous.map(status);
    record.answer = item.answer;
    record
}

fn status(completed: bool) -> Status {
    if completed {
        Status::Completed
    } else {
        Status::InProgress
    }
}

fn unexpected(reply: &Reply) -> StoreError {
    StoreError::refused(format!("unexpected: {reply:?}"))
}
