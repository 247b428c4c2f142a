//! Groups that give a role in the organisation.

use super::{Slice, StoreResult};
use crate::{
    ids::{GroupId, MappingId, OrgId, UserId},
    records::RoleMapping,
};

/// Questions.
pub trait ReadRoleMappings {
    /// The role mapping of that id.
    fn find_role_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<Option<RoleMapping>>;
    /// The role mapping of a group.
    fn role_mapping_of(&mut self, org: OrgId, group: GroupId) -> StoreResult<Option<RoleMapping>>;
    /// Group → organisation role, in id order.
    fn list_role_mappings(&mut self, org: OrgId, slice: Slice<MappingId>) -> StoreResult<Vec<RoleMapping>>;
    /// How many there are.
    fn count_role_mappings(&mut self, org: OrgId) -> StoreResult<u64>;
    /// The role mappings of the groups that a person is in, directly or not, paused ones, too.
    fn role_mappings_for(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<RoleMapping>>;
}

/// Changes. A recomputation of the group follows.
pub trait WriteRoleMappings {
    /// Adds a role mapping. `Unique::Mapping` when the group has one.
    fn insert_role_mapping(&mut self, org: OrgId, mapping: &RoleMapping) -> StoreResult<()>;
    /// Writes what a role mapping gives, whether it is paused, and the unit of work that says so.
    fn update_role_mapping(&mut self, org: OrgId, mapping: &RoleMapping) -> StoreResult<()>;
    /// Removes a role mapping; `false` when there was none.
    fn delete_role_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<bool>;
}
