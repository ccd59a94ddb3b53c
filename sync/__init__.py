"""What goes between the box and the world: DJs' laptops to the box, the box to the cloud. Programs of their own.

May import `appliance.{domain,store,ports,config,errors,clock,files,tls}`; of all this the box itself imports only the
journal's protocol, which is pure and the same on both hops.
"""
