"""Reports: what scoring a submission found, as a record, as tables and as a page."""
