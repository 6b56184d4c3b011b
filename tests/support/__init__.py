"""What tests make, compare and watch: reports, mails, servers, pages."""
