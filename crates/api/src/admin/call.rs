//! A call by a known administrator: whose organisation it is about, and one unit of work for it.

use std::convert::Infallible;

use actix_web::HttpRequest;
use rolecall_domain::{
    event::Actor,
    ids::{ChangeId, OrgId},
    ports::{ReadCost, ReadTx, StoreError, Tx},
    use_cases::{
        Act,
        plan::{self, Wish},
        secrets::AdminCaller,
    },
};

use super::{answer::Ended, parameters, plan::WishQuery, query};
use crate::{auth, problem::Problem, request::change_id, state::AppState, work};

/// A request whose API key is live. There is no other way to the store from here.
pub(super) struct Call {
    /// By whom.
    pub(super) caller: AdminCaller,
    state: AppState,
    change: ChangeId,
    query: String,
}

impl Call {
    /// Checks the key, and then that the call takes the query parameters that were given. Comes first in every handler, so that
    /// a stranger learns nothing from what is checked later.
    pub(super) async fn admit(request: &HttpRequest, state: &AppState) -> Result<Self, Problem> {
        let caller = auth::admin(request, state).await?;
        parameters::check(request)?;
        let (change, query) = (change_id(request, &*state.ids), request.query_string().to_owned());
        Ok(Self { caller, state: state.clone(), change, query })
    }

    /// Runs a read in the caller's organisation.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        cost: ReadCost,
        mut work: impl FnMut(&mut dyn ReadTx, OrgId) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let org = self.caller.org.id;
        work::read(&*self.state.store, cost, move |tx| work(tx, org)).await
    }

    /// Whether changes are to be done as they are: neither planned nor only as planned.
    pub(super) fn is_plain(&self) -> Result<bool, Problem> {
        Ok(query::read_text::<WishQuery>(&self.query)?.wish()? == Wish::Do)
    }

    /// Runs a change, put down to the caller's key: as it is, only if it does what was planned, or to see what it would do.
    /// This is the one door for changes, so each of them can be planned.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Ended> {
        let wish = query::read_text::<WishQuery>(&self.query)?.wish()?;
        let state = self.state.clone();
        let (org, actor, change) = (self.caller.org.id, Actor::ApiKey(self.caller.key), self.change);
        let done = work::write(&*self.state.store, move |tx| {
            plan::run(tx, &state.act(org, actor, change), &wish, |tx, act| work(tx, act))
        });
        Ok(done.await?)
    }

    /// Runs a change and undoes it, for what it answers.
    pub(super) async fn trial<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let state = self.state.clone();
        let (org, actor, change) = (self.caller.org.id, Actor::ApiKey(self.caller.key), self.change);
        let tried = work::write(&*self.state.store, move |tx| {
            let tried = work(tx, &state.act(org, actor, change));
            // An error, since only then nothing is kept.
            Err::<Infallible, _>(tried.map_or_else(Tried::Failed, Tried::Would))
        });
        match tried.await {
            Err(Tried::Would(answer)) => Ok(answer),
            Err(Tried::Failed(problem)) => Err(problem),
            Ok(never) => match never {},
        }
    }
}

/// How a trial ended.
enum Tried<T> {
    Would(T),
    Failed(Problem),
}

impl<T> From<StoreError> for Tried<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
