"""PostgreSQL under our own supervision: the binaries of a wheel, a private socket, our own rules."""
