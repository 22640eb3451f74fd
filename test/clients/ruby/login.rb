require 'mail'

Mail.defaults do
  delivery_method :smtp, address: 'relay.example.net', port: 587, enable_starttls: true,
                         authentication: :plain, user_name: 'app', password: 'correct-horse'
end
Mail.deliver do
  from 'app@example.com'
  to 'admin@example.org'
  subject 'Backup'
  body "The backup is done.\n.profile was left out.\n.\n"
end
