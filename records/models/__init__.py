from records.models.append_only import allow_removing
from records.models.changes import CHANGES, DELETE, FOUND, INSERT, UPDATE, Change
from records.models.reading import Reading
from records.models.removal import Removal

__all__ = ["CHANGES", "DELETE", "FOUND", "INSERT", "UPDATE", "Change", "Reading", "Removal", "allow_removing"]
