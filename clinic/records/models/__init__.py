from clinic.records.models.append_only import allow_removing
from clinic.records.models.changes import CHANGES, DELETE, FOUND, INSERT, UPDATE, Change
from clinic.records.models.reading import Reading
from clinic.records.models.removal import Removal

__all__ = ["CHANGES", "DELETE", "FOUND", "INSERT", "UPDATE", "Change", "Reading", "Removal", "allow_removing"]
