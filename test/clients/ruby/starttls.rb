require 'mail'

Mail.defaults do
  delivery_method :smtp, address: 'relay.example.net', port: 2525, enable_starttls: true
end
Mail.deliver do
  from 'app@example.com'
  to 'admin@example.org'
  subject 'Backup'
  body "The backup is done.\n.profile was left out.\n.\n"
end
