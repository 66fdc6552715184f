"""The Django site: nothing else imports it."""
