from records.models.append_only import allow_removing
from records.models.changes import CHANGES, DELETE, FOUND, INSERT, UPDATE, Change

__all__ = ["CHANGES", "DELETE", "FOUND", "INSERT", "UPDATE", "Change", "allow_removing"]
