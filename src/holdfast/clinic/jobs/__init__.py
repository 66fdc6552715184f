"""What is to be sent: the outbox, the mail server, and the worker that sends what is due."""
