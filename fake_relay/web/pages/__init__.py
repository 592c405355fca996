"""The UI: one file for each page, its template beside it. Reads through public readers only."""
