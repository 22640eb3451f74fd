swaks --server relay.example.net:587 --from app@example.com --to admin@example.org \
  --tls --tls-verify --tls-ca-path /etc/ssl/certs/dane-relay.pem \
  --auth PLAIN --auth-user app --auth-password correct-horse \
  --header 'Subject: Backup' --body 'The backup is done.\n.profile was left out.\n.'
