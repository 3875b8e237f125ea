"""Sample data: a spreadsheet of people to import and a log of booking messages to replay."""
