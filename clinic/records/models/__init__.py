from clinic.records.models.append_only import allow_removing
from clinic.records.models.changes import CHANGES, DELETE, FOUND, INSERT, PASSWORD, UPDATE, Change
from clinic.records.models.erasure import Erasure
from clinic.records.models.guarded import GUARDED
from clinic.records.models.reading import Reading
from clinic.records.models.removal import Removal
from clinic.records.models.staff import Account, Factor, Membership, OwnPermission, RolePermission

__all__ = [
    "CHANGES", "DELETE", "FOUND", "GUARDED", "INSERT", "PASSWORD", "UPDATE",
    "Account", "Change", "Erasure", "Factor", "Membership", "OwnPermission", "Reading", "Removal", "RolePermission",
    "allow_removing",
]  # fmt: skip
