"""What people read of an item, whoever shows it: terminal, pages, reports.

Rule: nothing here knows how it is shown, and whatever was sent comes out as harmless text.
May import: records, items.
"""
