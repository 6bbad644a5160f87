"""Pages for those who operate the service: site admins. The API decides who that is, for each request."""
