swaks --server relay.example.net:2525 --from app@example.com --to admin@example.org \
  --tls --tls-verify --tls-ca-path /etc/ssl/certs/dane-relay.pem \
  --header 'Subject: Backup' --body 'The backup is done.\n.profile was left out.\n.'
