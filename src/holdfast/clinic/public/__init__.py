"""Pages for anybody: no account, no cookie, nothing kept about who reads them."""
