"""The MQTT side of the box: who may use the broker, the broker itself when mosquitto is not there, and our own client.

Only this folder imports paho or amqtt. Nothing here knows a stage or a session: topics come from `domain.topics`,
requests go to whoever was given to `client.Bus`, and the box runs on without any of it.
"""
