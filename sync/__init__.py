"""What goes between the box and the world: a program of its own, which the box does well without.

May import `appliance.{domain,store,ports,config,errors,clock,files,tls}`; the box never imports it.
"""
