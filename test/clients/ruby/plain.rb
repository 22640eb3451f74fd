require 'mail'

Mail.defaults do
  delivery_method :smtp, address: '127.0.0.1', port: 2525, enable_starttls_auto: false
end
Mail.deliver do
  from 'app@example.com'
  to 'admin@example.org'
  subject 'Backup'
  body "The backup is done.\n.profile was left out.\n.\n"
end
