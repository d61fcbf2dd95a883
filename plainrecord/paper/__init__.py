"""The paper room: what a bundle holds as PDF, set by an engine that gets data and never markup.

`report.write_report` makes the report while a bundle is built. Nothing here reads an original or decides what goes in.
"""
