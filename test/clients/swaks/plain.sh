swaks --server 127.0.0.1:2525 --from app@example.com --to admin@example.org \
  --header 'Subject: Backup' --body 'The backup is done.\n.profile was left out.\n.'
